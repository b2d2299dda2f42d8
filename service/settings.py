"""Settings, read once: flags over environment over file over these defaults."""

import os
from ipaddress import ip_network
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as PydanticSettingsError

from service.errors import SettingsError
from service.streams import StreamOptions, StreamOrder

#: The file that is read where ``--config`` and ``PALMARIS_CONFIG`` name no other.
CONFIG = Path("palmaris.toml")


class Settings(BaseSettings, StreamOptions):
    """Everything that can be set; each field is also ``PALMARIS_<FIELD>`` and a line of ``palmaris.toml``."""

    model_config = SettingsConfigDict(env_prefix="PALMARIS_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8765, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    lsl_outlet: str = ""
    """Name of the LSL streams that predictions also go out as; empty for none."""
    data_dir: Path = user_data_path("palmaris")
    """Where everything lies that the service stores."""
    database_url: str = ""
    """PostgreSQL database of users and heads, postgresql://user@host/database; empty: a file in the data directory."""
    streams: tuple[StreamOrder, ...] = ()
    """Several streams in place of the one above; in the file, each is a table ``[[streams]]``."""
    tls_cert: Path | None = None
    """Certificate chain, PEM; with ``tls_key`` the service speaks https and wss."""
    tls_key: Path | None = None
    """Its private key, PEM."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names under which clients reach the service, besides the address that it listens on."""
    allowed_origins: tuple[str, ...] = ()
    """Pages of other hosts that browsers may connect from, such as https://clinic.example."""
    trusted_proxies: str = ""
    """Addresses of proxies, 10.0.0.2 or 10.0.0.0/29, with commas, whose X-Forwarded-For and -Proto are believed."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important messages that are shown."""
    log_format: Literal["text", "json"] = "text"
    """Lines for people, or one JSON object a line."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment, then file."""
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, settings_cls.model_config["toml_file"]),
        )

    @property
    def orders(self) -> tuple[StreamOrder, ...]:
        """The streams to serve."""
        options = {name: getattr(self, name) for name in StreamOptions.model_fields}
        return self.streams or (StreamOrder(**options),)

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, text: str) -> str:
        for proxy in text.split(",") if text else ():
            ip_network(proxy.strip())  # of a name uvicorn would silently believe nothing
        return text

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [order.name for order in self.streams]
        if len(set(names)) < len(names):
            raise ValueError("two of the streams have the same name")
        if self.streams and (beside := self.model_fields_set & set(StreamOptions.model_fields)):
            raise ValueError(f"{min(beside)} has no effect beside streams: set it in each of them")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together: set both or none")
        return self


def read_settings(config: Path | None = None, **flags: Any) -> Settings:
    """The settings, with those flags that were given (not ``None``).

    Raises:
        SettingsError: a value is not valid, or the file is missing or not TOML.
    """
    named = config or (Path(os.environ["PALMARIS_CONFIG"]) if "PALMARIS_CONFIG" in os.environ else None)
    if named and not named.is_file():
        raise SettingsError(f"there is no configuration file {named}")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=named or CONFIG)

    try:
        return FromFile(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "values"
        raise SettingsError(f"setting {place}: {first['msg']}") from error
    except TOMLDecodeError as error:
        raise SettingsError(f"{named or CONFIG} is not TOML: {error}") from error
    except PydanticSettingsError as error:
        raise SettingsError(f"{error}: {error.__cause__}; write JSON there") from error
