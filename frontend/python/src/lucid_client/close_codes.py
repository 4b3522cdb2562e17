"""What the engine closes a WebSocket with, and whether to come back; scripts/write_models.py writes it."""

COMES_BACK: dict[int, bool] = {
    1000: False,
    1001: True,
    4001: False,
    4002: False,
    4003: False,
    4004: False,
    4008: True,
    4009: True,
    4010: False,
    4021: False,
    4029: True,
}
