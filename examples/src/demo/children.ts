import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url))
const here = (program: string) => fileURLToPath(new URL(`../${program}.js`, import.meta.url))

/** How long a process may take to end by itself. Unit: ms. */
const END_WITHIN_MS = 8_000

type Environment = Readonly<Record<string, string>>

/** The processes that the demonstration starts; nothing of them is left once `end` resolves. */
export interface Children {
  /** An example of this package; what it prints goes to `log`. */
  agent(program: string, args: readonly string[], env: Environment, log: string): ChildProcess
  /**
   * The control plane, by the command that starts it; resolves once it listens with its address, and the link that signs the
   * first person in where one was made. Throws with the end of its log where it can't.
   */
  serve(
    command: readonly string[],
    env: Environment,
    log: string,
  ): Promise<{ url: string; link: string | undefined }>
  /** One command of the CLI, with what it printed as JSON. */
  json(args: readonly string[], env: Environment): Promise<Readonly<Record<string, unknown>>>
  /** One command of the CLI on this terminal. */
  show(args: readonly string[], env: Environment): Promise<number>
  end(): Promise<void>
}

export function createChildren(): Children {
  const running = new Set<ChildProcess>()

  const start = (
    program: string,
    args: readonly string[],
    env: Environment,
    stdio: SpawnOptions['stdio'],
  ) => {
    const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio })
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }

  return {
    agent: (program, args, env, log) => {
      const file = openSync(log, 'a')
      return start(here(program), args, env, ['ignore', file, file])
    },
    serve: async (command, env, log) => {
      const child = start(CLI, [...command, '--json'], env, ['ignore', 'pipe', openSync(log, 'a')])
      const first = await firstLine(child)
      const { address, firstSignIn, error } = JSON.parse(first || '{}') as {
        address?: string
        firstSignIn?: { link: string }
        error?: { message: string }
      }
      if (address === undefined)
        throw new Error(`The control plane did not start: ${error?.message ?? `see ${log}`}`)
      return { url: address, link: firstSignIn?.link }
    },
    json: async (args, env) => {
      const child = start(CLI, [...args, '--json'], env, ['ignore', 'pipe', 'inherit'])
      let text = ''
      child.stdout?.on('data', (chunk) => {
        text += chunk
      })
      const [code] = await once(child, 'close')
      const answer = JSON.parse(text || '{}') as { error?: { message: string } }
      if (code !== 0)
        throw new Error(answer.error?.message ?? `holdpoint ${args.join(' ')} ended with ${code}`)
      return answer
    },
    show: async (args, env) => {
      const [code] = await once(start(CLI, args, env, 'inherit'), 'close')
      return (code as number | null) ?? 1
    },
    end: async () => {
      await Promise.all([...running].map(endOne))
    },
  }
}

async function endOne(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
  await gone
  clearTimeout(timer)
}

/** What a process says first, nothing where it ends without a word. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.once('close', () => resolve(text.trim()))
  })
}
