"""What Zoom tells of meetings that are over."""
