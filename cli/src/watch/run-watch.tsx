import { render } from 'ink'
import type { Io } from '../io.ts'
import { App } from './app.tsx'
import type { ConsoleClient } from './console-client.ts'

const ENTER_SCREEN = '\u001b[?1049h\u001b[H'
const LEAVE_SCREEN = '\u001b[?1049l'
/** The terminal marks what is pasted, so that it is not taken for keys (bracketed paste). */
const MARK_PASTES = '\u001b[?2004h'
const UNMARK_PASTES = '\u001b[?2004l'

/** Draws the console on the terminal's other screen until the person quits or `io.signal` fires. */
export async function runWatch(io: Io, client: ConsoleClient, url: string, color: boolean): Promise<void> {
  io.stdout.write(ENTER_SCREEN + MARK_PASTES)
  const screen = render(<App client={client} url={url} color={color} />, {
    stdin: io.stdin,
    stdout: io.stdout,
    stderr: io.stderr,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  const quit = () => screen.unmount()
  io.signal.addEventListener('abort', quit, { once: true })
  try {
    await screen.waitUntilExit()
  } finally {
    io.signal.removeEventListener('abort', quit)
    io.stdout.write(UNMARK_PASTES + LEAVE_SCREEN)
  }
}
