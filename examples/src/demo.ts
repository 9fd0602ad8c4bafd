/**
 * The demonstration: a control plane, two agents at work in processes of their own, and the
 * console where their held actions wait. `npm run demo` builds and starts it; Ctrl-C ends all of it.
 *
 *   node demo.js [--folder <path>]    keep everything in that folder instead of a temporary one
 *                [--nodes <n>]        so many nodes over one Redis behind a balancer instead of one on an embedded store
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { OperatorClient } from '@holdpoint/client/operator'
import { type Children, createChildren } from './demo/children.ts'
import { seed } from './demo/seed.ts'

const USAGE = `npm run demo -- [--folder <path>] [--nodes <n>]
  --folder <path>  keep everything in that folder instead of a temporary one
  --nodes <n>      so many nodes over one Redis behind a balancer instead of one on an embedded store`

const values = readOptions()

/** What of the command line is started as the control plane. */
const controlPlane = [
  ...(values.nodes === undefined ? ['serve'] : ['cluster', 'up', '--nodes', values.nodes]),
  '--port',
  '0',
]

/** How long the agents may take to their first held action. Unit: ms. */
const FIRST_HELD_WITHIN_MS = 60_000

/** What to do after it. */
const NEXT = `
Once more: npm run demo. To keep what it makes: npm run demo -- --folder demo
Your own agent, in ten minutes: docs/tutorial/your-first-agent.md; in a project of yours: docs/how-to/use-the-client.md`

const say = (line: string) => console.log(line)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')))

const children = createChildren()
const base =
  values.folder === undefined ? await mkdtemp(join(tmpdir(), 'holdpoint-demo-')) : resolve(values.folder)
try {
  await demonstrate(children, base)
} catch (error) {
  if (!interrupted.signal.aborted) {
    console.error(`✗ ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
} finally {
  say('Ending the agents and the control plane …')
  await children.end()
  await tellMails(join(base, 'mail'))
  if (values.folder === undefined) await rm(base, { recursive: true, force: true })
  say(
    values.folder === undefined
      ? 'Nothing is left running.'
      : `Nothing is left running; all of it is in ${base}.`,
  )
  if (process.exitCode === undefined) say(NEXT)
}

/** A command line that can't be followed ends this process with how to use it. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        folder: { type: 'string' },
        nodes: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (!values.help) return values
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`✗ ${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

/** Where the control plane made none, as several nodes don't. */
async function newLink(json: Children['json'], asAdmin: Readonly<Record<string, string>>): Promise<string> {
  await json(['people', 'add', 'you', '--role', 'admin'], asAdmin)
  const { address } = await json(['people', 'link', 'you'], asAdmin)
  return String(address)
}

async function demonstrate({ agent, serve, json, show }: Children, base: string): Promise<void> {
  const { signal } = interrupted
  const work = join(base, 'work')
  const data = join(base, 'data')
  await mkdir(work, { recursive: true })
  say(`Filling ${work} with ${await seed(work)} files …`)

  say('Starting the control plane, and making tokens …')
  const env = { HOLDPOINT_DATA: data }
  const token = async (role: string, subject: string, team: string) => {
    const made = await json(
      ['token', 'create', '--role', role, '--subject', subject, '--label', `team=${team}`],
      env,
    )
    return String(made.token)
  }
  // Tokens are signed offline, so nobody needs to wait for the server to get one.
  const [{ url, link }, folderToken, releaseToken, ownToken] = await Promise.all([
    serve(controlPlane, env, join(base, 'server.log')),
    token('agent', 'folder-agent', 'docs'),
    token('agent', 'release-agent', 'ops'),
    token('viewer', 'demo', 'demo'),
  ])
  signal.throwIfAborted()
  const asAdmin = { ...env, HOLDPOINT_URL: url }
  say(
    `\nThe web console; this link signs you in, once, within ten minutes:\n\n${link ?? (await newLink(json, asAdmin))}\n`,
  )

  say('Starting two agents (scripted ones, there is no model in them) …')
  const mail = join(base, 'mail')
  const agentEnv = (own: string) => ({ HOLDPOINT_URL: url, HOLDPOINT_TOKEN: own })
  agent(
    'folder-agent',
    ['--folder', work, '--mail', mail],
    agentEnv(folderToken),
    join(base, 'folder-agent.log'),
  )
  agent('release-agent', [], agentEnv(releaseToken), join(base, 'release-agent.log'))

  await firstHeld(url, ownToken, signal)
  say(
    `✓ The first action is held, ${(performance.now() / 1_000).toFixed(1)} s after the demonstration began (building not counted).`,
  )

  const person = { ...env, HOLDPOINT_URL: url }
  if (process.stdout.isTTY && process.stdin.isTTY) {
    for (let left = 0; left === 0; left = await show(['watch'], person)) {
      say('Enter opens the terminal console here as well, and q leaves it; Ctrl-C here ends all of it.')
      await enter(signal)
      if (signal.aborted) return
    }
    return
  }
  say('')
  await show(['approvals'], person)
  say(`
This is no terminal, so here is what to type in one, in this folder:

  export HOLDPOINT_URL=${url} HOLDPOINT_DATA=${data}
  npm run --silent holdpoint -- approvals          what waits
  npm run --silent holdpoint -- show <id>          the whole arguments of one
  npm run --silent holdpoint -- approve <id>       or: deny <id> --reason "…"
  npm run --silent holdpoint -- watch              the live console

The agents work in ${work}, their mails end in ${mail}, their logs are beside it.
Ctrl-C ends all of it.`)
  await new Promise<void>((done) => {
    // Nothing else keeps this process: it stands for the console that cannot be shown here.
    const staying = setInterval(() => {}, 60_000)
    const end = () => {
      clearInterval(staying)
      done()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** Resolves once the person pressed Enter, or interrupted it. The keyboard is free again then, for the next program. */
function enter(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      process.stdin.off('data', end)
      process.stdin.pause()
      done()
    }
    // It was paused for the program before.
    process.stdin.once('data', end).resume()
    signal.addEventListener('abort', end, { once: true })
  })
}

/** What the local mail sink received, before its folder goes. */
async function tellMails(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, to, subject] = (await readFile(join(folder, name), 'utf8')).split('\n')
    say(`A mail was sent. ${to}, ${subject}`)
  }
}

/** Resolves once an action waits for a person. */
async function firstHeld(url: string, token: string, interrupt: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(FIRST_HELD_WITHIN_MS)])
  const client = new OperatorClient({ url, token })
  try {
    await client.ready({ signal })
    await new Promise<void>((done, fail) => {
      const look = () => {
        if (client.replica.approvals.size > 0) done()
      }
      client.onChange(look)
      look()
      signal.addEventListener(
        'abort',
        () => fail(new Error('The agents asked for nothing: see their logs.')),
        {
          once: true,
        },
      )
    })
  } finally {
    await client.close()
  }
}
