"""The rights report: who holds which right just now, from where, and the entry of the Audit Log that gave it."""
