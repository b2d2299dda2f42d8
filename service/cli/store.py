"""``palmaris store``: users, trials and heads as they lie on the disk."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.flags import Config, DatabaseUrl, DataDir

store = typer.Typer(help="Check, archive and restore what is stored of users.", no_args_is_help=True)


@store.command("check")
def store_check(data_dir: DataDir = None, database_url: DatabaseUrl = None, config: Config = None) -> None:
    """Compare what is there with what was stored."""
    from service.commands.store import check_store
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    check_store(settings.data_dir, settings.database_url or None)


@store.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="New zip file; never overwritten.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Archive everything that is stored of users; the service may run meanwhile."""
    from service.commands.store import back_up
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    back_up(settings.data_dir, settings.database_url or None, file)


@store.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="An archive made by: palmaris store backup.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    config: Config = None,
) -> None:
    """Fill an empty data directory, and database, from an archive."""
    from service.commands.store import restore_store
    from service.settings import read_settings

    settings = read_settings(config, data_dir=data_dir, database_url=database_url)
    restore_store(settings.data_dir, settings.database_url or None, file)
