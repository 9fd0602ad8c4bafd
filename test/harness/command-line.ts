import { PassThrough } from 'node:stream'
import { type Io, runCli } from 'holdpoint'

/** What one command did. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON. Throws where it is none. */
  json<T = Record<string, unknown>>(): T
}

export interface CommandSettings {
  readonly url?: string
  readonly token?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** What is typed on a terminal, which is there then. */
  readonly typed?: string
  readonly signal?: AbortSignal
}

/** The command line in this process, without a terminal: everything but the process itself is real. */
export const commandLine =
  (settings: CommandSettings) =>
  async (...args: readonly string[]): Promise<CommandResult> => {
    const stdout = collector()
    const stderr = collector()
    const isTTY = settings.typed !== undefined
    const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => {} })
    if (settings.typed === undefined) stdin.end(settings.stdin ?? '')
    else stdin.write(settings.typed)
    const io = {
      env: {
        ...settings.env,
        ...(settings.url === undefined ? {} : { HOLDPOINT_URL: settings.url }),
        ...(settings.token === undefined ? {} : { HOLDPOINT_TOKEN: settings.token }),
      },
      stdin,
      stdout: stdout.stream,
      stderr: Object.assign(stderr.stream, { isTTY, columns: 200 }),
      signal: settings.signal ?? new AbortController().signal,
    }
    const code = await runCli(args, io as unknown as Io)
    return {
      code,
      stdout: stdout.text(),
      stderr: stderr.text(),
      json: () => JSON.parse(stdout.text()),
    }
  }

function collector() {
  let text = ''
  const stream = new PassThrough()
  stream.on('data', (chunk) => {
    text += chunk
  })
  return { stream, text: () => text }
}
