"""Excel files of the logs (contract: Excel files): a kit that both logs share, and the Audit Log's own sheets."""
