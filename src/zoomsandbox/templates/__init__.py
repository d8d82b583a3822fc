"""Meeting templates of users."""
