"""``palmaris token``: who may use the service."""

from typing import Annotated

import typer

from service.cli.flags import Config, DataDir

token = typer.Typer(help="Who may use the service.", no_args_is_help=True)


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="Whose token it is; the audit trail names it.")],
    scopes: Annotated[str, typer.Option(metavar="NAME,NAME,...", help="subscribe, operate, calibrate, admin.")],
    days: Annotated[float | None, typer.Option(min=0, max=36500, help="Until it expires.  [default: never]")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make a token and show it, once."""
    from service.commands.token import create_token
    from service.settings import read_settings

    create_token(read_settings(config, data_dir=data_dir).data_dir, name, scopes, days)


@token.command("list")
def token_list(data_dir: DataDir = None, config: Config = None) -> None:
    """Who has a token, for what and until when."""
    from service.commands.token import list_tokens
    from service.settings import read_settings

    list_tokens(read_settings(config, data_dir=data_dir).data_dir)


@token.command("revoke")
def token_revoke(
    name: Annotated[str, typer.Argument(help="Name of the token.")],
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Remove a token; what it opened is closed."""
    from service.commands.token import revoke_token
    from service.settings import read_settings

    revoke_token(read_settings(config, data_dir=data_dir).data_dir, name)
