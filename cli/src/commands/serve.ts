import { resolve } from 'node:path'
import { SECOND } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { consoleLine, type WayIn, wayIn, wayInLines } from '../first-sign-in.ts'
import type { Io } from '../io.ts'
import { dataFolder, dataOption } from '../local-token.ts'
import { prettyLogLine } from '../output/log-line.ts'
import type { Output } from '../output/output.ts'
import { readPolicyFile } from '../policy/read-file.ts'
import { withExamples } from './options.ts'

interface Options {
  readonly host?: string
  readonly port?: string
  readonly redis?: string
  readonly policy?: string
  readonly keys?: string
  readonly wayIn: boolean
}

/** How long a clean end may take before the process goes anyway. */
const CLOSE_WITHIN_MS = 10 * SECOND

export const serve = (cli: Cli): Command =>
  withExamples(
    new Command('serve')
      .description('start the control plane in this process; ends cleanly on Ctrl-C or SIGTERM')
      .option('--host <host>', 'where to listen (default: HOLDPOINT_HOST, or 127.0.0.1)')
      .option('--port <port>', 'the port, 0 for any free one (default: HOLDPOINT_PORT, or 7411)')
      .option(
        '--redis <url>',
        'share the store with other nodes over this Redis (default: HOLDPOINT_REDIS_URL, or none)',
      )
      .option('--policy <file>', 'a policy file to decide by; activated where another one is active')
      .option(
        '--keys <folder>',
        'where the signing keys are, the same for all nodes (default: HOLDPOINT_KEYS, or the data folder)',
      )
      .option('--no-way-in', 'make no sign-in link at the first start: for a node behind a balancer'),
    'serve',
    'serve --data /var/lib/holdpoint --port 7411',
    'serve --policy holdpoint.policy.yaml',
    'serve --port 0 --json',
    'serve --redis redis://127.0.0.1:6379 --keys /etc/holdpoint/keys --data /var/lib/holdpoint',
  ).action((options: Options, command: Command) =>
    cli.run(command, async (out, globals) => {
      const { io } = cli
      const { pino } = await import('pino')
      const { readConfig, startControlPlane } = await import('@holdpoint/server')
      const config = readConfig({
        ...io.env,
        HOLDPOINT_DATA: dataFolder(io.env, globals.data),
        ...(options.host === undefined ? {} : { HOLDPOINT_HOST: options.host }),
        ...(options.port === undefined ? {} : { HOLDPOINT_PORT: options.port }),
        ...(options.redis === undefined
          ? {}
          : { HOLDPOINT_STORE: 'redis', HOLDPOINT_REDIS_URL: options.redis }),
        ...(options.keys === undefined ? {} : { HOLDPOINT_KEYS: options.keys }),
      })
      if (!config.ok) throw new UsageError(inFlags(config.error.message, options))
      const log = pino(
        { level: config.value.logLevel, base: { node: config.value.nodeName } },
        logStream(io, out),
      )
      const policy = options.policy === undefined ? undefined : await readPolicyFile(options.policy)
      const controlPlane = await startControlPlane(config.value, {
        ...(policy && { policy: { document: policy.document, reason: `serve --policy ${options.policy}` } }),
        logger: log,
        pid: process.pid,
        // PR1: after a failed fsync nothing that this process knows is certain, so it must not answer once more
        onFatal: () => process.exit(EXIT.unexpected),
      }).catch((error: Error) => {
        if (error.name === 'FolderUnusable') throw new UsageError(error.message)
        throw new CommandFailure(cannotStart(error, config.value.port))
      })
      const { address } = controlPlane
      const folder = config.value.dataFolder
      const way = options.wayIn ? await wayIn(address, config.value.keysFolder ?? folder) : undefined
      const first = way && 'first' in way ? { firstSignIn: way.first } : {}
      out.result({ address, dataFolder: folder, pid: process.pid, ...first }, () =>
        greeting(address, folder, way, dataOption(resolve(config.value.keysFolder ?? folder))),
      )
      await interrupted(io.signal)
      out.note('Ending: finishing what was accepted …')
      await inTime(controlPlane.close(), CLOSE_WITHIN_MS)
      out.note('Ended; what was acknowledged is on disk.')
    }),
  )

const SETTINGS = {
  host: 'HOLDPOINT_HOST',
  port: 'HOLDPOINT_PORT',
  redis: 'HOLDPOINT_REDIS_URL',
  keys: 'HOLDPOINT_KEYS',
} as const satisfies Partial<Record<keyof Options, string>>

/** Names the option that was given, where the server names the setting that it became. */
const inFlags = (message: string, options: Options): string =>
  Object.entries(SETTINGS).reduce(
    (text, [flag, setting]) =>
      options[flag as keyof Options] === undefined ? text : text.replace(setting, `--${flag}`),
    message,
  )

const greeting = (
  address: string,
  folder: string,
  way: WayIn | undefined,
  keys: string,
): string => `Holdpoint listens on ${address}
  data     ${folder}
${consoleLine(address, way, keys)}
  agents   need a token:  holdpoint token create --role agent --subject my-agent${keys}
  people   see what waits: holdpoint watch --url ${address}${keys}
${wayInLines(way)}
Careful: an agent that runs as the same operating-system user as this server can read its keys and release its
own actions. Run agents as another user, or in a container without this folder.`

/** Lines for people on a terminal, JSON for programs. */
const logStream = (io: Io, out: Output): { write(line: string): void } => ({
  write: (line) => void io.stderr.write(out.interactive ? `${prettyLogLine(line, out.colors)}\n` : line),
})

function cannotStart(error: Error & { code?: string }, port: number): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} is in use: another server runs there. Choose another with --port, or 0 for any free one.`
  if (error.code === 'EACCES') return `This user may not listen on port ${port}, or not use the data folder.`
  return error.message
}

const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    // The control plane's own sockets keep the process alive; this only waits for the end.
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function inTime(closing: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CommandFailure('It could not close cleanly in time.', EXIT.unexpected))
    }, ms)
  })
  try {
    await Promise.race([closing, late])
  } finally {
    clearTimeout(timer)
  }
}
