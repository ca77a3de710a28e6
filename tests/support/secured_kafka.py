"""Apache Kafka that asks who is there: a listener for every way in which it can be reached."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.rights import User
from headsup.clock import SystemClock
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.places import free_port
from tests.support.certificates import Authority

USER: Final = "headsup"
PASSWORD: Final = "sesame-opens"
_LOGIN: Final = "org.apache.kafka.common.security"


class Door(StrEnum):
    """The listeners besides the one without TLS and user, which only the test itself uses."""

    TLS = "SSL"
    MUTUAL = "MUTUAL"
    """Asks for a certificate of the client's."""
    SASL_TLS = "SASLTLS"
    SASL_OPEN = "SASLOPEN"


_PROTOCOLS: Final = {
    Door.TLS: "SSL",
    Door.MUTUAL: "SSL",
    Door.SASL_TLS: "SASL_SSL",
    Door.SASL_OPEN: "SASL_PLAINTEXT",
}


class SecuredKafka(RealKafka):
    """Knows USER by PLAIN and SCRAM, and takes unsigned tokens. `users` have rights of their own;
    USER, tokens of `root` and whoever comes without a name may do everything."""

    formatted_with: ClassVar[Sequence[str]] = [
        word
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        for word in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")
    ]

    def __init__(self, authority: Authority, users: Sequence[str] = ()) -> None:
        super().__init__()
        self._authority = authority
        self._ports = {door: free_port() for door in Door}
        self._users = (USER, *users)
        self.password = PASSWORD
        """Of all users, by PLAIN. Another one is asked for after a restart."""

    def at(self, door: Door) -> str:
        """Where a listener is: host:port."""
        return f"127.0.0.1:{self._ports[door]}"

    def settings(self, data: Path, port: int, controller_port: int) -> dict[str, object]:
        """The usual ones, and the doors."""
        usual = super().settings(data, port, controller_port)
        doors = "".join(f",{door}://{self.at(door)}" for door in Door)
        protocols = ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"]
        protocols += [f"{door}:{protocol}" for door, protocol in _PROTOCOLS.items()]
        return {
            **usual,
            "listeners": f"{usual['listeners']}{doors}",
            "advertised.listeners": f"{usual['advertised.listeners']}{doors}",
            "listener.security.protocol.map": ",".join(protocols),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._authority.vouch("broker").in_one(),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._authority.certificate,
            "listener.name.mutual.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            **self._logins(),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{USER};User:root;User:CN=client",
        }

    def _logins(self) -> dict[str, object]:
        known = " ".join(f'user_{user}="{self.password}"' for user in self._users)
        logins = {
            "plain": f"{_LOGIN}.plain.PlainLoginModule required {known};",
            "scram-sha-256": f"{_LOGIN}.scram.ScramLoginModule required;",
            "scram-sha-512": f"{_LOGIN}.scram.ScramLoginModule required;",
            "oauthbearer": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="broker";',
        }
        return {
            f"listener.name.{door.lower()}.{mechanism}.sasl.jaas.config": login
            for door in (Door.SASL_TLS, Door.SASL_OPEN)
            for mechanism, login in logins.items()
        }


_KINDS: Final = {"topic": 2, "group": 3}
_OPERATIONS: Final = {"Read": 3, "Write": 4, "Delete": 6}
_LITERAL: Final = 3
_ALLOW: Final = 3


async def give_rights(servers: str, users: Sequence[User]) -> None:
    """Gives each of the users its rights, as Strimzi would."""
    client = AIOKafkaClient(bootstrap_servers=servers)
    await client.bootstrap()
    try:
        for user in users:
            for right in user.rights:
                kind, who = _KINDS[right.kind], f"User:{user.name}"
                for each in right.operations:
                    words = (kind, right.name, _LITERAL, who, "*", _OPERATIONS[each], _ALLOW)
                    node = client.get_random_node()
                    answer = await client.send(node, CreateAclsRequest(*words))
                    assert [code for code, _ in answer.creation_responses] == [0], right
    finally:
        await client.close()


def unsigned_token(subject: str, seconds: float = 300.0) -> str:
    """A token as an identity provider gives it, but for the signature."""
    now = SystemClock().now().timestamp()
    claims = {"sub": subject, "iat": now, "exp": now + seconds}
    return ".".join([_part({"alg": "none"}), _part(claims), ""])


def _part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
