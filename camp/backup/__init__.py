"""All of a camp's data in one file, and back: docs/decisions/0016-backup.md says why in this form."""
