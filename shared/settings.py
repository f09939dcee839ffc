"""What a process reads from its environment (`GUILDHALL_…`), checked once at start."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Profile = Literal["demo", "test", "production"]


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    profile: Profile = "production"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    kafka: tuple[str, ...] = ()
    kafka_security: Literal["PLAINTEXT", "SASL_SSL", "SSL"] = "PLAINTEXT"
    kafka_user: str = ""
    kafka_password: str = Field("", repr=False)
    kafka_ca: str = ""  # file of the certificate authority; empty: those of the system
    mongo: str = Field("", repr=False)
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    prefix: str = ""  # before every topic, group and database name: test runs side by side, several zones on one broker
    pod_name: str = ""  # stable name of a StatefulSet pod: static membership in the consumer group
    clock: datetime | None = None  # the platform starts at this moment and ticks on (demo and test only)
    oidc_issuer: str = ""
    oidc_audience: str = "guildhall"
    patience: Annotated[float, Field(ge=0, le=600)] = 20.0  # seconds a start waits for servers that are away: a broker, an election
    doorbell: Literal["process", "stream"] = "process"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    smtp: str = ""  # host:port of the mail relay
    smtp_from: str = "guildhall@xixian.example"
    directory: str = ".local"
    matching_directory: str = ""  # the index of the profiles lies here; empty: below `directory`. It may be lost: it is built anew
    qdrant: str = ""  # address of a Qdrant server that holds the index instead
    qdrant_key: str = Field("", repr=False)

    @field_validator("kafka", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @classmethod
    def from_environment(cls, **given: Any) -> "Settings":
        """Raises: pydantic.ValidationError naming the variable that is wrong."""
        names = cls.model_fields
        found = {n: os.environ[f"GUILDHALL_{n.upper()}"] for n in names if os.environ.get(f"GUILDHALL_{n.upper()}")}
        for n in names:  # a secret lies in a file that the environment names
            if n not in found and (file := os.environ.get(f"GUILDHALL_{n.upper()}_FILE")):
                found[n] = Path(file).read_text("utf-8").strip()
        old = {"pod_name": "POD_NAME", "kafka": "KAFKA_BOOTSTRAP", "mongo": "MONGO_URI", "clock": "CLOCK"}
        found |= {n: os.environ[v] for n, v in old.items() if n not in found and os.environ.get(v)}
        return cls.model_validate(found | given)

    def refusals(self) -> list[str]:
        """What is unsafe for the profile, each as a sentence (reliability §4); empty when all is well."""
        found = [f"GUILDHALL_{n.upper()} is not set" for n in ("kafka", "mongo") if not getattr(self, n)]
        if self.profile != "production":
            if self.host not in ("127.0.0.1", "localhost", "::1"):
                found.append(f"the {self.profile} profile listens on loopback only, not on {self.host}: its identities are for show")
            return found
        if not self.oidc_issuer.startswith("https://") or self.oidc_issuer.endswith((".invalid", ".invalid/")):
            found.append("GUILDHALL_OIDC_ISSUER must be the https address of a real identity provider; the demo issuer is refused")
        if self.clock:
            found.append("GUILDHALL_CLOCK moves time: it is for demo and test only")
        if self.kafka_security == "PLAINTEXT":
            found.append("Kafka without TLS and authentication: set GUILDHALL_KAFKA_SECURITY")
        if self.kafka_security == "SASL_SSL" and (not self.kafka_user or len(self.kafka_password) < 16):
            found.append(
                "Kafka user or password is missing or shorter than 16 characters: set GUILDHALL_KAFKA_USER and GUILDHALL_KAFKA_PASSWORD_FILE"
            )
        if self.mongo and "@" not in self.mongo and "authMechanism" not in self.mongo:
            found.append("MongoDB without authentication: put a user into GUILDHALL_MONGO")
        if self.mongo and "tls=true" not in self.mongo and "ssl=true" not in self.mongo and not self.mongo.startswith("mongodb+srv://"):
            found.append("MongoDB without TLS: add tls=true to GUILDHALL_MONGO")
        for name, weak in (("w=1", "w=1"), ("w=0", "w=0"), ("readConcernLevel=local", "readConcernLevel=local")):
            if weak in self.mongo.split("?")[-1].split("&"):
                found.append(f"GUILDHALL_MONGO says {name}: acknowledged commands could be lost; use majority")
        if self.log_level == "DEBUG":
            found.append("GUILDHALL_LOG_LEVEL=DEBUG would write more than an operator may see")
        if os.geteuid() == 0:
            found.append("the process runs as root; run it as an ordinary user")
        return found
