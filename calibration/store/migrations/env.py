"""What Alembic runs: the steps, inside the transaction that the caller holds."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
