"""The history of the schema. A new step: copy the newest file of ``versions`` and name the one before it."""
