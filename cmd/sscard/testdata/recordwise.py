"""What counter programs do today: select each file, then read it record by record, one command for each.

    recordwise.py READER GENERATION

For each line on standard input it reads the card once and prints the nanoseconds it took. The start of the
interpreter is not in them.
"""

import sys
import time

from smartcard.CardConnection import CardConnection
from smartcard.System import readers

SSSE = list(bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF"))
EF05 = [(0x01, 0x12), (0x02, 0x03), (0x03, 0x06), (0x04, 0x0E), (0x05, 0x06), (0x06, 0x06), (0x07, 0x0B)]
EF06 = [(0x08, 0x14), (0x09, 0x20), (0x4E, 0x16), (0x0A, 0x03), (0x0B, 0x03), (0x0C, 0x05), (0x0D, 0x06)]


def files(generation):
    yield 0x05, EF05
    if generation == 1:
        yield 0x06, [record for record in EF06 if record[0] != 0x4E]
    elif generation == 2:
        yield 0x06, EF06  # the third generation's wants a key first


def send(connection, command):
    data, sw1, sw2 = connection.transmit(command)
    if sw1 == 0x61:
        data, sw1, sw2 = connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
    elif sw1 == 0x6C:
        data, sw1, sw2 = connection.transmit(command[:-1] + [sw2])
    if (sw1, sw2) not in ((0x90, 0x00), (0x6A, 0x83)):
        sys.exit("%02X%02X to %s" % (sw1, sw2, bytes(command).hex()))
    return data


def read(reader, generation):
    connection = reader.createConnection()
    connection.connect(CardConnection.T0_protocol | CardConnection.T1_protocol)
    send(connection, [0x00, 0xA4, 0x04, 0x00, len(SSSE)] + SSSE)
    for file, records in files(generation):
        send(connection, [0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, file])
        for identifier, length in records:
            send(connection, [0x00, 0xB2, identifier, 0x00, length])
    connection.disconnect()


reader = next(r for r in readers() if str(r) == sys.argv[1])
for _ in sys.stdin:
    start = time.monotonic_ns()
    read(reader, int(sys.argv[2]))
    print(time.monotonic_ns() - start, flush=True)
