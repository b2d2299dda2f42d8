"""What was recorded here: found, looked at, labelled, run through models; recording itself, beside the live path."""
