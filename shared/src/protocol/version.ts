// Apart from the schemas: a client that only names its version must not bundle a validator.

/** The protocol version that a handshake names; only whole versions are incompatible. */
export const PROTOCOL = 1
/** Grows with every additive change; clients send nothing newer than the server's. */
export const PROTOCOL_MINOR = 7

/** The largest message either side sends, in bytes; beyond it the connection closes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024
