"""The tool rights editor: the tree of tools with the rights of one user or of one group (Tool Rights)."""
