import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { startAgent } from '../harness/raw-agent.ts'

const examples = fileURLToPath(new URL('../../examples/policies/', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-policy-'))
})
afterEach(() => rm(folder, { recursive: true }))
const written = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const admin = async (plane: Harness) =>
  commandLine({ url: plane.url, token: await plane.token({ subject: 'ada', role: 'admin' }) })

describe('holdpoint policy, without a control plane', () => {
  const hp = commandLine({})

  it('[PO6] the example policies do what their cases say', async () => {
    const files = (await readdir(examples)).filter((name) => name.endsWith('.test.yaml'))
    expect(files).toEqual(['coding-agent.test.yaml', 'payments-agent.test.yaml', 'research-agent.test.yaml'])
    const done = await hp('policy', 'test', ...files.map((name) => join(examples, name)), '--json')
    expect(done.json()).toMatchObject({ total: 61, failed: 0 })
    expect(done.code).toBe(0)
  })

  it('[PO6] a case that comes out otherwise fails, and says how', async () => {
    const cases = await written(
      'p.test.yaml',
      `cases:
  - { name: mails are free, action: send_email, expect: { verdict: go, approvals: 2, rules: [rule:none] } }
  - { name: reading is, action: read_file, expect: { verdict: go } }
`,
    )
    const policy = await written('p.yaml', 'version: v2\n')
    const done = await hp('policy', 'test', cases, '--policy', policy)
    expect(done.code).toBe(3)
    expect(done.stdout).toContain(
      '✗ mails are free\n      verdict is ask, not go\n      approvals is 1, not 2',
    )
    expect(done.stdout).toContain('"rule:none" is not among the rules that decided: catalogue:send_email')
    expect(done.stdout).toContain('✓ reading is')
    expect(done.stderr).toContain('1 of 2 cases')
    expect((await hp('policy', 'test', cases, '--policy', policy, '--json')).json()).toMatchObject({
      exitCode: 3,
      error: { details: { total: 2, failed: 1 } },
    })
    expect((await hp('policy', 'test', cases)).stderr).toContain('names no policy')
  })

  it('[PO3] warns of what a policy hardly means, where it stands', async () => {
    const text = "version: v2\nrules:\n  - name: refunds\n    when: action == 'paymnt'\n    timeoutMs: 30\n"
    const path = await written('p.yaml', text)
    const done = await hp('policy', 'check', path)
    expect([done.code, done.stderr]).toEqual([
      0,
      `! ${path}:4:11  rules.0.when (rule "refunds"): the catalogue has no action "paymnt": correct the name, or list the action where agents do ask for it
! ${path}:5:16  rules.0.timeoutMs (rule "refunds"): 30 ms is too short for a person: a number is in ms, so write "30s" where seconds are meant
Nothing decides by this file before it is activated. Try it on what was asked for: holdpoint policy replay ${path}
Let it judge beside the active one: holdpoint policy shadow ${path} --reason "…"
Activate it: holdpoint policy activate ${path} --reason "…"
`,
    ])
    expect((await hp('policy', 'check', path, '--json')).json()).toMatchObject({
      warnings: [{ line: 4, rule: 'refunds' }, { line: 5 }],
    })
  })

  it('[PO6] checks a file, and names each mistake where it stands', async () => {
    const good = await hp('policy', 'check', join(examples, 'coding-agent.policy.yaml'))
    expect(good.stdout).toMatch(
      /✓ .*: version coding-agent-1, 12 actions, 8 rules\n {2}sha256:[0-9a-f]{64}\n/,
    )
    const path = await written('p.yaml', 'version: v2\ncaps:\n  orders: none\n')
    const bad = await hp('policy', 'check', path)
    expect(bad.code).toBe(3)
    expect(bad.stderr).toContain(`${path}:3:11  caps.orders: `)
    expect((await hp('policy', 'check', path, '--json')).json()).toMatchObject({
      error: { details: { problems: [{ line: 3, column: 11, path: 'caps.orders' }] } },
    })
  })

  it('[PO6] what it shows of the built-in policy is a policy file', async () => {
    const path = await written('p.yaml', (await hp('policy', 'show', '--built-in')).stdout)
    expect((await hp('policy', 'check', path)).stdout).toContain('version built-in-1')
  })
})

describe('holdpoint policy, at a control plane', () => {
  it('[PO6] activates a file, shows it, and does nothing where it is active', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    expect((await hp('policy', 'show')).stdout).toContain('# the built-in policy')
    const path = join(examples, 'research-agent.policy.yaml')
    const done = await hp('policy', 'activate', path, '--reason', 'A trial')
    expect(done.stdout).toContain('version research-agent-1 decides from now on; before, built-in-1 did')
    expect((await hp('policy', 'show')).stdout).toMatch(/# activated \S+ by ada: A trial\n/)
    const again = await hp('policy', 'activate', path, '--reason', 'Again')
    expect(again.stdout).toContain('nothing was changed')
    expect(
      (await hp('history', '--type', 'policy.*', '--json')).json<{ events: object[] }>().events,
    ).toMatchObject([{ type: 'policy.activated', by: 'ada', data: { version: 'research-agent-1' } }])
    const agent = await startAgent(await plane.agentSocket({ subject: 'reader' }))
    expect(await agent.ask('fetch_page', { url: 'http://wiki.lan/' })).toMatchObject({
      verdict: 'refused',
      reason: 'Pages of the house are not for research.',
    })
  })

  it('[PO3] says what a file hardly means also where it is put into force', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    const path = await written(
      'p.yaml',
      "version: v2\nrules: [{ name: r, when: action == 'paymnt', approvals: 2 }]\n",
    )
    for (const command of ['shadow', 'activate'])
      expect(await hp('policy', command, path, '--reason', 'A trial')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the catalogue has no action "paymnt"'),
      })
  })

  it('[PO6] refuses a file with mistakes before it asks for anything', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    const path = await written('p.yaml', 'version: v2\ncaps: { orders: 0 }\n')
    expect(await hp('policy', 'activate', path, '--reason', 'x')).toMatchObject({ code: 3 })
    expect((await hp('policy', 'show', '--json')).json()).toMatchObject({ policy: { version: 'built-in-1' } })
  })

  it('[PO6] a candidate in shadow is on record beside what decides', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    const path = await written('p.yaml', 'version: v2\ncatalogue: { read_file: { level: required } }\n')
    const shadowed = await hp('policy', 'shadow', path, '--reason', 'A trial')
    expect(shadowed.stdout).toContain('version v2 judges beside built-in-1, which decides')
    expect(shadowed.stderr).toContain(`Make it decide: holdpoint policy activate ${path} --reason`)
    expect((await hp('policy', 'show')).stdout).toContain('# in shadow: version v2')
    const agent = await startAgent(await plane.agentSocket({ subject: 'reader' }))
    expect(await agent.ask('read_file', { path: 'a' })).toMatchObject({ verdict: 'go' })
    const { events } = (await hp('history', '--type', 'approval.*', '--json')).json<{ events: object[] }>()
    expect(events).toMatchObject([
      { data: { approval: { shadow: { policyVersion: 'v2', level: 'required', difference: 'stricter' } } } },
    ])
    expect((await hp('policy', 'shadow', '--off', '--reason', 'Seen')).stdout).toContain(
      'nothing is in shadow',
    )
    await agent.ask('read_file', { path: 'b' })
    const after = (await hp('history', '--type', 'approval.*', '--json')).json<{
      events: { data: { approval: object } }[]
    }>().events
    expect(after[0]?.data.approval).not.toHaveProperty('shadow')
    expect((await hp('policy', 'shadow', '--reason', 'x')).code).toBe(2)
  })

  it('[PO6] asks why on a terminal only once there is a candidate to try, to activate or to end', async () => {
    await using plane = await controlPlane()
    const token = await plane.token({ subject: 'ana', role: 'admin' })
    const hp = commandLine({ url: plane.url, token, typed: 'a trial\r' })
    const wrong = await written('wrong.yaml', 'version: v2\ncaps: { orders: 0 }\n')
    for (const what of ['shadow nowhere.yaml', `shadow ${wrong}`, 'shadow', `activate ${wrong}`]) {
      const { code, stderr } = await hp('policy', ...what.split(' '))
      expect([what, code, stderr]).toEqual([what, expect.any(Number), expect.not.stringContaining('Why')])
      expect(code).not.toBe(0)
    }
    expect(await hp('policy', 'shadow', '--off')).toMatchObject({
      code: 0,
      stdout: '✓ nothing is in shadow; built-in-1 decides\n',
      stderr: expect.not.stringContaining('Why'),
    })
    const path = await written('p.yaml', 'version: v2\n')
    expect(await hp('policy', 'shadow', path)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Why'),
    })
    const ended = await hp('policy', 'shadow', '--off')
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Why') })
    expect(await hp('policy', 'activate', path)).toMatchObject({ code: 0 })
    expect(await hp('policy', 'activate', path)).toMatchObject({ stderr: expect.not.stringContaining('Why') })
  })

  it('[PO6] replays what was asked for through a candidate, and shows what would change', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    const agent = await startAgent(await plane.agentSocket({ subject: 'mailer', labels: { env: 'prod' } }))
    await agent.ask('read_file', { path: 'a' })
    await agent.ask('send_email', { to: 'a@example.org' })
    await agent.ask('send_email', { to: 'a@example.com' })
    await agent.ask('delete_data', { path: 'a' })
    const path = await written(
      'p.yaml',
      `version: v2
catalogue: { delete_data: { level: review } }
rules:
  - { name: outside, when: 'action == "send_email" && args.to.endsWith(".com") && labels.env == "prod"', approvals: 2 }
`,
    )
    const { code, stdout } = await hp('policy', 'replay', path)
    expect(code).toBe(0)
    expect(stdout).toMatch(/mailer +send_email +required +required \+ 2 persons +stricter +.*rule:outside/)
    expect(stdout).toMatch(/mailer +delete_data +admin_only +\S+ +weaker/)
    expect(stdout).not.toContain('read_file')
    expect(stdout).toContain('4 requests by v2: 1 stricter, 1 weaker, 0 otherwise, 2 the same.')
    expect((await hp('policy', 'replay', path, '--all', '--limit', '2', '--json')).json()).toMatchObject({
      counts: { stricter: 1, weaker: 1, same: 0 },
      requests: [
        { action: 'delete_data' },
        { action: 'send_email', rules: expect.arrayContaining(['rule:outside']) },
      ],
    })
  })

  it('[PO6] replays also what policy refused at once, by the bytes that were asked for', async () => {
    await using plane = await controlPlane()
    const hp = await admin(plane)
    const strict = await written(
      'strict.yaml',
      'version: v1\nrules:\n  - { name: never, when: \'args.path == "a"\', forbid: true }\n',
    )
    expect((await hp('policy', 'activate', strict, '--reason', 'x')).code).toBe(0)
    const agent = await startAgent(await plane.agentSocket({ subject: 'mailer' }))
    expect(await agent.ask('read_file', { path: 'a' })).toMatchObject({
      verdict: 'refused',
      code: 'not_permitted',
    })
    await agent.ask('read_file', { path: 'b' })
    const milder = await written(
      'milder.yaml',
      'version: v2\nrules:\n  - { name: look, when: \'args.path == "a"\', level: review }\n',
    )
    const { json } = await hp('policy', 'replay', milder, '--all', '--json')
    expect(json()).toMatchObject({
      counts: { stricter: 0, weaker: 1, same: 1 },
      requests: [
        { action: 'read_file', difference: 'same' },
        {
          action: 'read_file',
          decided: { verdict: 'forbidden' },
          candidate: { verdict: 'ask', level: 'review' },
          difference: 'weaker',
          rules: expect.arrayContaining(['rule:look']),
        },
      ],
    })
    expect((await hp('policy', 'replay', strict, '--all', '--json')).json()).toMatchObject({
      counts: { same: 2 },
    })
  })

  it('[PO6] a server started with a policy file decides by it, and a second start changes nothing', async () => {
    const document = { version: 'v2', catalogue: { read_file: { level: 'required' } } }
    await using plane = await controlPlane({ parts: { policy: { document, reason: 'At start.' } } })
    const agent = await startAgent(await plane.agentSocket({ subject: 'reader' }))
    expect(await agent.ask('read_file', {})).toMatchObject({ verdict: 'wait', policyVersion: 'v2' })
    await plane.restart()
    const hp = await admin(plane)
    expect(
      (await hp('history', '--type', 'policy.*', '--json')).json<{ events: object[] }>().events,
    ).toMatchObject([
      { type: 'policy.activated', by: 'system', data: { version: 'v2', reason: 'At start.' } },
    ])
  })

  it('[PO6] a server does not start with a policy that it can not take', async () => {
    const document = { version: 'built-in-1', caps: { orders: 3 } }
    await expect(controlPlane({ parts: { policy: { document, reason: 'x' } } })).rejects.toThrow(
      /named another policy before/,
    )
  })
})
