import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AgentClient } from '@holdpoint/client'
import type { ApprovalView, EventView, TicketView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { type CommandResult, commandLine } from '../harness/command-line.ts'
import { compiled } from '../harness/compiled.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { type Process, startProcess } from '../harness/process.ts'
import { until } from '../harness/until.ts'

const YEAR_MS = 365 * 86_400_000
/** Reading this many earns the agent the level at which it writes alone (AU). */
const YOUNG_FILES = 14

/** A folder with real files: young notes, and stale ones by their age in years. */
async function seed(folder: string, stale: Readonly<Record<string, number>>): Promise<void> {
  const write = async (path: string, years: number) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), `${path}\n`)
    const at = new Date(Date.now() - years * YEAR_MS)
    await utimes(join(folder, path), at, at)
  }
  for (let n = 0; n < YOUNG_FILES; n++) await write(`note-${n}.md`, 0)
  for (const [path, years] of Object.entries(stale)) await write(path, years)
}

interface Scene extends AsyncDisposable {
  readonly agent: Process
  /** Starts it once more, on the same folder and token. */
  again(...more: readonly string[]): Process
  readonly work: string
  readonly mail: string
  readonly hp: (...args: readonly string[]) => Promise<CommandResult>
  /** The approval that waits for this action, once it does. */
  waiting(action: string, words?: string): Promise<ApprovalView>
  events(type: string): Promise<readonly EventView[]>
}

/** The example in a process of its own, at work under a real control plane. */
async function scene(plane: Harness, stale: Readonly<Record<string, number>>, paceMs = 1): Promise<Scene> {
  const work = join(plane.folder, 'work')
  const mail = join(plane.folder, 'mail')
  await seed(work, stale)
  const env = { HOLDPOINT_URL: plane.url, HOLDPOINT_TOKEN: await plane.token({ subject: 'folder-agent' }) }
  const again = (...more: readonly string[]) =>
    startProcess(compiled('examples/dist/folder-agent.js'), {
      args: ['--folder', work, '--mail', mail, '--pace', String(paceMs), '--lease', '1500', ...more],
      env,
    })
  const agent = again()
  const hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role: 'admin' }) })
  return {
    agent,
    again,
    work,
    mail,
    hp,
    waiting: (action, words = '') =>
      until(`${action} ${words} waits`, async () => {
        if (agent.isGone) throw new Error(`the agent ended: ${agent.errors()}`)
        const { approvals } = (await hp('approvals', '--json')).json<{ approvals: ApprovalView[] }>()
        return approvals.find((one) => one.action === action && (one.summary ?? '').includes(words))
      }),
    events: async (type) =>
      (await hp('history', '--agent', 'folder-agent', '--type', type, '--limit', '1000', '--json'))
        .json<{ events: EventView[] }>()
        .events.toReversed(),
    [Symbol.asyncDispose]: () => agent.kill(),
  }
}

const seqOf = (events: readonly EventView[]): number => events.at(-1)?.seq ?? Number.NaN

describe('the folder agent', () => {
  it('[AP4] does what was approved, keeps what was denied, and mails to whom a person said', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6, 'old/2020.log': 5, 'old/draft.txt': 3 })

    const first = await it.waiting('delete_data', '2019')
    expect(first.level).toBe('admin_only')
    expect(existsSync(join(it.work, 'old/2019.log'))).toBe(true)
    await it.hp('approve', first.id)

    const second = await it.waiting('delete_data', '2020')
    expect(existsSync(join(it.work, 'old/2019.log'))).toBe(false)
    await it.hp('inject', 'folder-agent', 'skip *.txt')
    await until(
      'the instruction was applied',
      async () => (await it.events('instruction.applied')).length > 0,
    )
    await it.hp('deny', second.id, '--reason', 'the audit needs it')

    const question = await until('it asks', async () => {
      const { tickets } = (await it.hp('tickets', '--json')).json<{ tickets: TicketView[] }>()
      return tickets[0]
    })
    await it.hp('answer', question.id, 'by size')

    const mail = await it.waiting('send_email')
    const shown = (await it.hp('show', mail.id, '--json')).json<{ approval: { canonical: string } }>()
    const { args } = JSON.parse(shown.approval.canonical)
    expect(args.to).toBe('team@example.org')
    await it.hp('approve', mail.id, '--args', JSON.stringify({ ...args, to: 'audit@example.org' }))

    expect(await it.agent.gone).toBe(0)
    expect(await readdir(join(it.work, 'old'))).toEqual(['2020.log', 'draft.txt'])
    const report = await readFile(join(it.work, 'reports/report.md'), 'utf8')
    expect(report).toContain('## Deleted\n- old/2019.log')
    expect(report).toContain('- old/2020.log: the audit needs it')
    expect(report).toContain('- old/draft.txt: an operator told me to skip it')
    expect(report).toContain('## What is there, by size')
    expect(await readdir(it.mail)).toEqual(['001.txt'])
    const received = await readFile(join(it.mail, '001.txt'), 'utf8')
    expect(received).toContain('To: audit@example.org\nSubject: State of the folder\n')
    expect(received).toContain('- old/2020.log: the audit needs it')
    expect((await it.events('agent.completed')).length).toBe(1)
  })

  it('reports an action that failed, and goes on', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6 })
    const { id } = await it.waiting('delete_data')
    await it.hp('approve', id, '--args', '{"path":"old/none.log"}')
    await until('it asks what comes next', async () => {
      if (it.agent.isGone) throw new Error(it.agent.errors())
      return (await it.hp('tickets', '--json')).json<{ tickets: TicketView[] }>().tickets[0]
    })
    const errors = (await it.events('action.reported')).map(
      ({ data }) => (data.approval as ApprovalView).error,
    )
    expect(errors.filter((error) => error !== undefined)).toEqual([expect.stringContaining('ENOENT')])
  })

  it('[AG3] is held between steps by a pause from another process, until it is resumed', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6 }, 100)
    await until('it reads', async () => (await it.events('action.reported')).length >= 2)

    await it.hp('pause', 'folder-agent', '--reason', 'let me look')
    const held = seqOf(await it.events('control.acknowledged'))
    expect(held).toBeGreaterThan(0)
    await meanwhile(plane)
    await it.hp('resume', 'folder-agent')
    const resumed = seqOf(await it.events('agent.resumed'))
    await it.waiting('delete_data')

    const steps = (await it.events('action.*')).map(({ seq }) => seq)
    expect(steps.filter((seq) => seq > held && seq < resumed)).toEqual([])
    expect(steps.some((seq) => seq < held) && steps.some((seq) => seq > resumed)).toBe(true)
  })

  it('[AP9] does not begin what is approved while it is paused, before it is resumed', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6 })
    const { id } = await it.waiting('delete_data')
    await it.hp('pause', 'folder-agent', '--reason', 'let me look')
    expect((await it.hp('approve', id)).code).toBe(0)
    await meanwhile(plane)
    expect(existsSync(join(it.work, 'old/2019.log'))).toBe(true)
    await it.hp('resume', 'folder-agent')
    await until('the file is gone', () => !existsSync(join(it.work, 'old/2019.log')))
    expect(seqOf(await it.events('action.begun'))).toBeGreaterThan(seqOf(await it.events('agent.resumed')))
  })

  it('[AG6] goes on in a new process after a crash, and asks nobody twice', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6 })
    const { id } = await it.waiting('delete_data')
    await it.agent.kill()
    await using second = it.again('--takeover')
    await until('it was taken over', async () => (await it.events('run.superseded')).length > 0)
    await it.hp('approve', id)
    await until('the file is gone', () => !existsSync(join(it.work, 'old/2019.log')))
    expect(second.isGone).toBe(false)
    const asked = (await it.events('approval.requested')).filter(
      ({ data }) => (data.approval as ApprovalView).action === 'delete_data',
    )
    expect(asked).toHaveLength(1)
  })

  it('[AG] ends on a stop typed elsewhere, touches nothing more, and no late approval starts it again', async () => {
    await using plane = await controlPlane()
    await using it = await scene(plane, { 'old/2019.log': 6 })
    const { id } = await it.waiting('delete_data')
    const stopping = startProcess(compiled('cli/dist/main.js'), {
      args: ['stop', 'folder-agent', '--reason', 'wrong folder'],
      env: { HOLDPOINT_URL: plane.url, HOLDPOINT_DATA: plane.folder },
    })
    expect([await stopping.gone, stopping.errors()]).toEqual([0, ''])
    expect(await it.agent.gone).toBe(3)
    expect((await it.hp('approve', id)).code).toBe(3)
    expect(existsSync(join(it.work, 'old/2019.log'))).toBe(true)
    expect((await it.hp('agents')).stdout).toMatch(/folder-agent +stopped, locked/)
  })
})

describe('the 15 lines of the README', () => {
  it('asks, does what was released, and goes on after a denial', async () => {
    const source = await readFile(compiled('examples/src/hello.ts'), 'utf8')
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
    await using plane = await controlPlane()
    await using hello = startProcess(compiled('examples/dist/hello.js'), {
      env: { HOLDPOINT_URL: plane.url, HOLDPOINT_TOKEN: await plane.token({ subject: 'hello' }) },
    })
    const hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'bo', role: 'approver' }) })
    const next = () =>
      until('a mail waits', async () => {
        if (hello.isGone) throw new Error(hello.errors())
        return (await hp('approvals', '--json')).json<{ approvals: ApprovalView[] }>().approvals[0]
      })
    await hp('approve', (await next()).id)
    await hp('deny', (await next()).id, '--reason', 'on holiday')
    expect([await hello.gone, hello.errors()]).toEqual([0, ''])
    const { events } = (await hp('history', '--agent', 'hello', '--json')).json<{ events: EventView[] }>()
    const types = events.map(({ type }) => type)
    expect(types.filter((type) => type === 'action.begun')).toHaveLength(1)
    expect(types).toContain('agent.completed')
  })
})

/** Another agent does many steps, each asked for and begun: time enough for the held one to do some, could it. */
async function meanwhile(plane: Harness): Promise<void> {
  await using other = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'other' }) })
  await other.start()
  for (let step = 0; step < 50; step++) {
    await other.checkpoint()
    const read = await other.run('read_file', { step }, () => step)
    expect(read.status).toBe('done')
  }
  await other.complete()
}
