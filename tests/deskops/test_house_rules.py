"""What the suite promises of itself."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

from sites.models import Role, Site
from tests.factories import make_people


class TestSockets:
    @pytest.mark.filterwarnings("ignore:A test tried to use socket")
    def test_refuses_to_leave_this_machine(self) -> None:
        with pytest.raises(SocketConnectBlockedError), socket.socket() as outward:
            outward.connect(("192.0.2.1", 80))

    def test_lets_a_test_reach_its_own_server(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5) as client,
        ):
            assert client.getpeername() == server.getsockname()


@pytest.mark.django_db
class TestPeople:
    def test_each_sees_what_their_role_says(self) -> None:
        people = make_people()

        roles = {
            person.name: [(site.code, site.role) for site in Site.objects.for_user(person).with_role(person)]
            for person in (people.alice, people.mona, people.victor, people.oscar)
        }

        assert roles == {
            "Alice": [("YARD-NORTH", Role.OPERATOR)],
            "Mona": [("YARD-NORTH", Role.MANAGER)],
            "Victor": [("YARD-NORTH", Role.VIEWER)],
            "Oscar": [("QUARRY-1", Role.OPERATOR)],
        }
        assert Site.objects.for_user(people.ada).count() == 2
