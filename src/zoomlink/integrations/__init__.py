"""At home in other people's programs: one module each, and none imports another's framework."""
