"""One sync run, a file per step: read the bundle, check it, plan against the home copy, apply and log."""
