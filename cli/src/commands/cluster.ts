import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { Cli } from '../cli.ts'
import { type Cluster, type ClusterStatus, clusterFolder, startCluster } from '../cluster/cluster.ts'
import { type Answer, askCluster, NoCluster, serveControl } from '../cluster/control.ts'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { consoleLine, type WayIn, wayIn, wayInLines } from '../first-sign-in.ts'
import { dataFolder, dataOption } from '../local-token.ts'
import type { Output } from '../output/output.ts'
import { table } from '../output/table.ts'
import { wholeNumber, withExamples } from './options.ts'

interface UpOptions {
  readonly nodes: number
  readonly host: string
  readonly port?: number
}

const MOST_NODES = 16
const DEFAULT_PORT = '7411'

export const cluster = (cli: Cli): Command =>
  new Command('cluster')
    .description('several nodes over one Redis behind one address, on this machine')
    .addCommand(up(cli))
    .addCommand(status(cli))
    .addCommand(restart(cli))
    .addCommand(down(cli))

const readPort = (text: string): number => {
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError('It must be a port from 0 (any free one) to 65535.')
  return number
}

const up = (cli: Cli): Command =>
  withExamples(
    new Command('up')
      .description(
        'start Redis, the nodes and a balancer, and keep them up; ends all of it cleanly on Ctrl-C or SIGTERM. ' +
          'Needs redis-server and haproxy',
      )
      .option('--nodes <n>', 'how many nodes', wholeNumber(MOST_NODES), 3)
      .option('--host <host>', 'where the balancer listens', '127.0.0.1')
      .option(
        '--port <port>',
        "the balancer's port, 0 for any free one (default: HOLDPOINT_PORT, or 7411)",
        readPort,
      ),
    'cluster up',
    'cluster up --nodes 5 --data /var/lib/holdpoint --port 7500',
  ).action((options: UpOptions, command: Command) =>
    cli.run(command, async (out, globals) => {
      const { io } = cli
      const folder = dataFolder(io.env, globals.data)
      const port = options.port ?? readPort(io.env.HOLDPOINT_PORT?.trim() || DEFAULT_PORT)
      const down = new AbortController()
      const signal = AbortSignal.any([io.signal, down.signal])
      await makeFolders(folder)
      await using control = await failing(serveControl(clusterFolder(folder)))
      await using running = await failing(
        startCluster({
          ...options,
          port,
          dataFolder: folder,
          signal,
          report: (sentence) => out.note(sentence),
        }),
      )
      control.answerWith(answering(running, () => down.abort()))
      const found = await running.status()
      const keys = resolve(io.env.HOLDPOINT_KEYS?.trim() || folder)
      const way = await wayIn(found.address, keys)
      const first = way && 'first' in way ? { firstSignIn: way.first } : {}
      out.result({ ...found, ...first }, () => greeting(found, way, out, dataOption(keys)))
      await aborted(signal)
      out.note('Ending the nodes, the balancer and Redis …')
      await running.close()
      out.note('Ended; what was acknowledged is on disk.')
    }),
  )

/** The nodes keep their keys in the first, and must not be found by Git there (ID5). */
async function makeFolders(dataFolder: string): Promise<void> {
  const { makePrivateFolder } = await import('@holdpoint/server/credentials')
  try {
    for (const folder of [dataFolder, clusterFolder(dataFolder)]) makePrivateFolder(folder)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** One restart after the other; `down` is answered once everything has ended. */
function answering(running: Cluster, end: () => void): Answer {
  let restarting: Promise<void> = Promise.resolve()
  return async (request, progress) => {
    switch (request.command) {
      case 'status':
        return running.status()
      case 'restart':
        restarting = restarting.catch(() => {}).then(() => running.restart(request.nodes, progress))
        await restarting
        return running.status()
      case 'down':
        end()
        await running.close()
        return {}
    }
  }
}

const greeting = (
  found: ClusterStatus,
  way: WayIn | undefined,
  out: Output,
  keys: string,
): string => `Holdpoint listens on ${found.address}
${statusTable(found, out)}
  data     ${found.dataFolder}
${consoleLine(found.address, way, keys)}
  agents   need a token:  holdpoint token create --role agent --subject my-agent${keys}
  people   see what waits: holdpoint watch --url ${found.address}${keys}
  restart  node by node:  holdpoint cluster restart${dataOption(found.dataFolder)}
${wayInLines(way)}`

const status = (cli: Cli): Command =>
  withExamples(
    new Command('status').description('what runs, and how it is'),
    'cluster status',
    'cluster status --json',
  ).action((_: object, command: Command) =>
    cli.run(command, async (out, globals) => {
      const found = (await ask(cli, globals.data, { command: 'status' })) as ClusterStatus
      out.result(found, () => statusTable(found, out))
    }),
  )

const restart = (cli: Cli): Command =>
  withExamples(
    new Command('restart')
      .description(
        'restart the nodes one after the other: each is drained first, and its clients come back on another',
      )
      .argument('[nodes...]', 'which ones; all where none is named'),
    'cluster restart',
    'cluster restart node-2',
  ).action((nodes: readonly string[], _: object, command: Command) =>
    cli.run(command, async (out, globals) => {
      const before = (await ask(cli, globals.data, { command: 'status' })) as ClusterStatus
      const known = before.parts.map(({ name }) => name).filter((name) => name.startsWith('node-'))
      const unknown = nodes.find((name) => !known.includes(name))
      if (unknown !== undefined)
        throw new UsageError(`There is no node "${unknown}"; there are ${known.join(', ')}.`)
      const found = (await ask(cli, globals.data, { command: 'restart', nodes }, (sentence) =>
        out.note(sentence),
      )) as ClusterStatus
      out.result(found, () => statusTable(found, out))
    }),
  )

const down = (cli: Cli): Command =>
  withExamples(
    new Command('down').description(
      'end the nodes, the balancer and Redis; what was acknowledged stays on disk',
    ),
    'cluster down',
  ).action((_: object, command: Command) =>
    cli.run(command, async (out, globals) => {
      await out.during('Ending', ask(cli, globals.data, { command: 'down' }))
      out.result({ ended: true }, () => 'Ended; what was acknowledged is on disk.')
    }),
  )

const ask = (
  cli: Cli,
  data: string | undefined,
  ...request: [Parameters<typeof askCluster>[1], ((sentence: string) => void)?]
): Promise<object> => failing(askCluster(clusterFolder(dataFolder(cli.io.env, data)), ...request))

/** What went wrong here is no defect of this program. */
async function failing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const exitCode = error instanceof NoCluster ? EXIT.unreachable : EXIT.refused
    throw new CommandFailure((error as Error).message, exitCode)
  }
}

const statusTable = ({ parts }: ClusterStatus, out: Output): string =>
  table(
    ['NAME', 'STATE', 'CLIENTS', 'PID', 'RESTARTS', 'ADDRESS'],
    parts.map(({ name, state, connections, pid, restarts, address }) => [
      name,
      state === 'ready' ? out.colors.green(state) : out.colors.red(state),
      connections === undefined ? '' : String(connections),
      pid === undefined ? '' : String(pid),
      String(restarts),
      address,
    ]),
  )

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
