"""Settings, read once: flags over environment over file over these defaults."""

import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from service.errors import SettingsError

#: The file that is read where ``--config`` and ``PALMARIS_CONFIG`` name no other.
CONFIG = Path("palmaris.toml")


class Settings(BaseSettings):
    """Everything that can be set; each field is also ``PALMARIS_<FIELD>`` and a line of ``palmaris.toml``."""

    model_config = SettingsConfigDict(env_prefix="PALMARIS_", frozen=True, extra="forbid")

    source: str = "sim://two-channel"
    """URI of the device."""
    model: str = "csae-simulated"
    """Shipped model, or path of an .onnx file."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8765, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    smoothing: int = Field(default=3, ge=1)
    """Windows whose log-probabilities are averaged."""
    reject_below: float = Field(default=0.5, ge=0, le=1)
    """Confidence under which a decision is not accepted."""
    lsl_outlet: str = ""
    """Name of the LSL streams that predictions also go out as; empty for none."""
    data_dir: Path = user_data_path("palmaris")
    """Where everything lies that the service stores."""
    database_url: str = ""
    """PostgreSQL database of users and heads, postgresql://user@host/database; empty: a file in the data directory."""
    user: str = ""
    """Whose head to use from the start; empty: everybody's."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important messages that are shown."""

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
        raise SettingsError(f"setting {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise SettingsError(f"{named or CONFIG} is not TOML: {error}") from error
