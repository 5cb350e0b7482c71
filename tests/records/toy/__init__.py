"""A module made as docs/add-a-module.md says: water pumped from a sump. Installed by its own test alone."""
