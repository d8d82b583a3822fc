"""The account's users: hosts, their licences and settings."""
