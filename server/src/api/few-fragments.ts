import { type ServerOptions, WebSocketServer } from 'ws'

/**
 * A message may come in so many parts. Whoever sends one whole, or in parts of 4 KiB as browsers do at the least, stays below that
 * (MAX_MESSAGE_BYTES); a part without content costs as much as one with it, and none is counted before its message is whole (ID4).
 */
const MOST_FRAGMENTS = 256

/** For Socket.IO's option `wsEngine`. */
export class FewFragments extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, maxFragments: MOST_FRAGMENTS } as ServerOptions)
  }
}
