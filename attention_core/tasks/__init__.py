"""Lab tasks, one file each; `attention_core.catalogue` finds them."""
