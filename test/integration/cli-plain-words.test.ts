import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { AgentClient } from '@holdpoint/client'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { until } from '../harness/until.ts'

const scene = async (plane: Harness) => {
  const agent = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'bot' }) })
  await agent.start()
  const hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role: 'admin' }) })
  return { agent, hp }
}

describe('what waits, and what came of it', () => {
  it('[ES5] a question that waits is told of where approvals are listed', async () => {
    await using plane = await controlPlane()
    const { agent, hp } = await scene(plane)
    await using _agent = agent
    expect((await hp('approvals')).stdout).toBe('Nothing waits for a person.\n')
    const answer = agent.ask('How?', { choices: ['by name', 'by age'] }).catch(() => {})
    const told = await until('the question is told of', async () => {
      const { stdout } = await hp('approvals')
      return stdout.includes('ticket') && stdout
    })
    expect(told).toBe('No approval waits. 1 ticket waits: holdpoint tickets\n')
    expect((await hp('approvals', '--agent', 'other')).stdout).toContain('No agent is called “other”')
    expect((await hp('tickets')).stdout).toContain('“How?”')
    await agent.close()
    await answer
  })

  it('[AP9] [AP11] a release that was run is told from one that was not begun, or taken back', async () => {
    await using plane = await controlPlane()
    const { agent, hp } = await scene(plane)
    await using _agent = agent
    const running = agent.run('delete_data', { path: 'ran' }, () => 'done')
    const ran = await until('it asks', async () => {
      const { approvals } = (await hp('approvals', '--json')).json<{ approvals: { id: string }[] }>()
      return approvals[0]
    })
    expect((await hp('approve', ran.id)).code).toBe(0)
    await running
    const waits = await agent.request('delete_data', { path: 'waits' })
    const back = await agent.request('delete_data', { path: 'back' })
    for (const { id } of [waits, back]) expect((await hp('approve', id)).code).toBe(0)
    expect((await hp('revoke', back.id, '--reason', 'no')).code).toBe(0)
    const { stdout } = await hp('approvals', '--status', 'approved')
    const lineOf = (id: string) => stdout.split('\n').find((line) => line.startsWith(id.slice(-8)))
    expect(lineOf(ran.id)).toMatch(/delete_data +ana +success +\{"path":"ran"\}/)
    expect(lineOf(waits.id)).toContain('not begun yet')
    expect(lineOf(back.id)).toContain('taken back')
    const late = await hp('revoke', ran.id, '--reason', 'oh')
    expect([late.code, late.stderr]).toEqual([
      3,
      expect.stringContaining('It has run already, with the outcome success; nothing can take it back.'),
    ])
  })
})

describe('what was', () => {
  it('lists the latest first, since a time, and names what each event is about', async () => {
    await using plane = await controlPlane()
    const { agent, hp } = await scene(plane)
    await using _agent = agent
    const asked: string[] = []
    for (const path of ['a', 'b', 'c', 'd']) {
      const { id } = await agent.request('delete_data', { path })
      await hp('deny', id, '--reason', `not ${path}`)
      asked.push(id)
    }
    const list = async (...args: string[]) =>
      (await hp('approvals', '--status', 'all', ...args, '--json')).json<{
        approvals: { id: string }[]
        more: boolean
      }>()
    const { approvals, more } = await list('--limit', '3')
    expect([approvals.map(({ id }) => id), more]).toEqual([asked.toReversed().slice(0, 3), true])
    expect(await list('--since', '1h')).toMatchObject({ approvals: { length: 4 }, more: false })
    expect(await list('--since', '2099-01-01T00:00:00Z')).toMatchObject({ approvals: [], more: false })
    const [last = ''] = asked.slice(-1)
    expect((await hp('history', '--type', 'approval.denied')).stdout).toMatch(
      new RegExp(`approval\\.denied +${last.slice(-8)} +bot +ana +delete_data · not d`),
    )
    await hp('pause', '--labels', 'team=none', '--reason', 'x')
    expect((await hp('history', '--type', 'order.*')).stdout).toMatch(/order\.placed .*team=none · x/)
    expect((await hp('show', last)).stdout).toMatch(/\nPolicy {5}\S+\n/)
  })

  it('[ID3] revokes a token by its jti, and all of somebody', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: plane.folder } })
    const made = async () =>
      (await hp('token', 'create', '--role', 'viewer', '--subject', 'bo', '--json')).json<{
        token: string
        jti: string
      }>()
    const [one, other] = [await made(), await made()]
    const codeWith = async (token: string) => (await hp('agents', '--token', token)).code
    expect((await hp('token', 'revoke', one.jti, '--reason', 'printed')).stdout).toContain(one.jti)
    expect([await codeWith(one.token), await codeWith(other.token)]).toEqual([4, 0])
    expect((await hp('token', 'revoke', '--subject', 'bo', '--reason', 'left')).code).toBe(0)
    expect(await codeWith(other.token)).toBe(4)
    expect((await hp('token', 'revoke', '--reason', 'left')).code).toBe(2)
  })

  it('[ID3] revokes a token that was found, and says what is not known of one that is only named', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: plane.folder }, typed: 'printed\r' })
    const token = await plane.token({ subject: 'bo', role: 'viewer' })
    const found = await hp('token', 'revoke', token)
    expect(found).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/✓ revoked: the token \S+ of bo\n/),
    })
    expect(found.stderr).not.toMatch(/mistyped|seen here/)
    expect((await hp('agents', '--token', token)).code).toBe(4)
    const cut = await hp('token', 'revoke', `${token.split('.')[0]}.${'e30'}.sig`)
    expect(cut).toMatchObject({ code: 2, stderr: expect.not.stringContaining('Why') })
    const late = await plane.token({ subject: 'bo', role: 'viewer', ttlMs: 1 })
    await until('it is over', async () =>
      (await hp('token', 'revoke', late)).stderr.includes('It has expired'),
    )
    const named = await hp('token', 'revoke', 'jti-of-nothing')
    expect(named.stderr).toMatch(/an id that is mistyped is revoked as well[\s\S]*Why/)
    expect((await hp('token', 'revoke', '--subject', 'b0')).stderr).toMatch(
      /Neither an agent nor a person called “b0”[\s\S]*Why/,
    )
    await hp('people', 'add', 'kim', '--role', 'viewer')
    expect((await hp('token', 'revoke', '--subject', 'kim')).stderr).not.toContain('seen here')
    expect((await hp('token', 'revoke')).stderr).not.toContain('Why')
  })

  it('[ID3] takes an id with dots in it for an id', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: plane.folder } })
    for (const jti of ['AT.xxx.oaryyy', 'https://id.example.org/t/1', 'e30.e30.e30', 'bnVsbA.e30.sig']) {
      const named = await hp('token', 'revoke', jti, '--reason', 'printed', '--json')
      expect([named.code, named.json()]).toEqual([0, { revoked: { jti } }])
    }
  })

  it('[ID3] does not say of a token from elsewhere, which goes on, that it is revoked', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: plane.folder } })
    const token = await plane.token({ subject: 'bo', role: 'admin', tenant: 'acme' })
    const elsewhere = await hp('token', 'revoke', token, '--reason', 'printed')
    expect(elsewhere).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /token of bo is one of the tenant “acme”, and you act in “default”.*--token/,
      ),
    })
    expect((await hp('agents', '--token', token)).code).toBe(0)
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
    const saying = (claims: object) =>
      [
        { alg: 'none', kid },
        { jti: 'j', sub: 'bo', exp: 1, iss: 'holdpoint', tenant: 'default', ...claims },
        'x',
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
    const revoke = (claims: object) => hp('token', 'revoke', saying(claims), '--reason', 'printed')
    expect(await revoke({ iss: 'https://id.example.org' })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/issued by “https:\/\/id.example.org”, .*takes those of “holdpoint”/),
    })
    expect((await revoke({ tenant: undefined })).code).toBe(2)
    expect(await revoke({ exp: -1e20 })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('It has expired and opens nothing any more.'),
    })
    const own = await plane.token({ subject: 'kim', role: 'viewer', tenant: 'acme' })
    expect((await hp('token', 'revoke', own, '--reason', 'printed', '--token', token)).code).toBe(0)
    expect((await hp('agents', '--token', own)).code).toBe(4)
  })

  it('[ID3] nor of one of another installation that goes by the same names, which only its key tells apart', async () => {
    await using plane = await controlPlane()
    const here = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: plane.folder } })
    const other = await mkdtemp(join(plane.folder, 'other-'))
    const made = await here(
      'token',
      'create',
      '--role',
      'admin',
      '--subject',
      'bo',
      '--data',
      other,
      '--json',
    )
    const { token } = made.json<{ token: string }>()
    expect(await here('token', 'revoke', token, '--reason', 'printed')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /token of bo was signed with a key that this control plane does not have/,
      ),
    })
    // without the keys, one that this control plane had once can't be told from one that it never had
    const away = commandLine({ url: plane.url, token: await plane.token({ subject: 'kim', role: 'admin' }) })
    expect(await away('token', 'revoke', token, '--reason', 'printed')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/signed with another key than your own/),
    })
    const own = await away(
      'token',
      'revoke',
      await plane.token({ subject: 'bo', role: 'viewer' }),
      '--reason',
      'x',
    )
    expect([own.code, own.stderr]).toEqual([0, ''])
  })
})

describe('what was meant otherwise', () => {
  it('[ID5] nobody is asked for a code who has no second factor: they are told how to get one', async () => {
    await using plane = await controlPlane()
    const { agent } = await scene(plane)
    await using _agent = agent
    const { id } = await agent.request('payment', { to: 'ACME', amount: 120 })
    const root = commandLine({ url: plane.url, token: await plane.token({ subject: 'root', role: 'admin' }) })
    const token = await plane.token({ subject: 'ana', role: 'approver' })
    const hp = commandLine({ url: plane.url, token, typed: '123456\r' })
    const stranger = await hp('approve', id, '--yes')
    expect([stranger.code, stranger.stderr]).toEqual([3, expect.stringContaining('ask an admin to add you')])
    expect(stranger.stderr).not.toContain('A code from')
    await root('people', 'add', 'ana', '--role', 'approver')
    const without = await hp('approve', id, '--yes')
    expect([without.code, without.stderr]).toEqual([3, expect.stringContaining('holdpoint factor enroll')])
    expect(without.stderr).not.toContain('A code from')
    const ana = await plane.operatorSocket({ subject: 'ana', role: 'approver' })
    // the code of the moment is left for the release
    const app = await enrolFactor(ana, () => plane.clock.now() - 30_000)
    expect((await hp('approve', id, '--yes')).stderr).toContain('A code from your authenticator app: ')
    const code = app.code(plane.clock.now())
    expect((await hp('approve', id, '--yes', '--totp', code, '--note', 'checked')).code).toBe(0)
    expect((await hp('history', '--type', 'approval.approved')).stdout).toMatch(
      / ana +payment · with a second factor · checked\n/,
    )
  })

  it('a code of another form is refused, and one that was not needed is said to be unspent', async () => {
    await using plane = await controlPlane()
    const { agent, hp } = await scene(plane)
    await using _agent = agent
    const { id } = await agent.request('delete_data', { path: 'a' })
    const short = await hp('approve', id, '--totp', '12')
    expect([short.code, short.stderr]).toEqual([2, expect.stringContaining('--totp takes the six digits')])
    const done = await hp('approve', id, '--totp', '123456')
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('the code was not used')])
  })

  it('[AG7] an order that holds nobody now says so; resuming nobody is no success', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role: 'admin' }) })
    expect(await hp('pause', '--labels', 'nobody=here', '--reason', 'x')).toMatchObject({
      code: 0,
      stdout: 'No agent matches now; the order stands, and will hold agents that come.\n',
    })
    for (const words of [
      ['resume', '--all'],
      ['inject', '--all', 'careful'],
    ])
      expect(await hp(...words)).toMatchObject({
        code: 3,
        stdout: 'No agent matched; nothing was done.\n',
      })
  })

  it('help for what there is not says so, and what is like it', async () => {
    const hp = commandLine({})
    expect((await hp('help', 'policy', 'check')).stdout).toContain('Usage: holdpoint policy check')
    expect((await hp('help')).stdout).toContain('Usage: holdpoint [options] [command]')
    expect(await hp('help', 'aprove')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown command 'aprove'\n\(Did you mean approve\?\)/),
    })
    expect(await hp('help', 'policy', 'chek')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean check?'),
    })
  })

  it('https where http is spoken is said in words', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url.replace('http:', 'https:'), token: 'x' })
    const { code, stderr } = await hp('agents', '--timeout', '1s')
    expect([code, stderr]).toEqual([5, expect.stringContaining('no TLS is spoken there')])
    expect(stderr).not.toContain('EPROTO')
  })
})
