"""A Django project as somebody has it who gives lessons."""
