"""The runs of the sync as people see them: the list, the page of each, and deciding about held ones."""
