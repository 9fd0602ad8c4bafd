import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalText, type LoggedEvent } from '@holdpoint/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { shown, startAgent } from '../harness/raw-agent.ts'

/** What an auditor's file would be checked against. */
interface Checked {
  readonly whole: boolean
  readonly first: number
  readonly last: number
  readonly hash: string
  readonly texts: number
  readonly named: number
}

const ASKED = '{"action":"send_email","args":{"to":"bo","text":"=cmd()"}}'
const RELEASED = '{"action":"send_email","args":{"text":"Hello","to":"bo"}}'

let plane: Harness
let folder: string
let exported: string
let hp: ReturnType<typeof commandLine>

/** A server at work: an edited release, one as it was asked for, a denial, and what policy refused. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-export-'))
  plane = await controlPlane()
  const ana = await plane.operatorSocket({ subject: 'ana', role: 'admin' })
  const agent = await startAgent(await plane.agentSocket({ subject: 'mailer' }))
  const ask = async (text: string) => (await agent.ask('send_email', { to: 'bo', text })).approval
  await ana.must('policy.activate', { key: 'p', policy: { version: 'audited' }, reason: 'for the auditor' })
  const edited = await ask('=cmd()')
  await ana.must('approval.approve', { key: 'e', ...shown(edited), args: { to: 'bo', text: 'Hello' } })
  await ana.must('approval.approve', { key: 'a', ...shown(await ask('as it is')), note: 'fine' })
  await ana.must('approval.deny', { key: 'd', ...shown(await ask('no')), reason: 'not him' })
  hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'auditor', role: 'viewer' }) })
  exported = await take('audit.jsonl')
})
afterAll(async () => {
  await plane[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function take(name: string, ...args: readonly string[]): Promise<string> {
  const to = join(folder, name)
  const { code, stderr } = await hp('export', '--to', to, ...args)
  expect([code, stderr]).toEqual([0, ''])
  return to
}
const check = async (file: string) => {
  const { code, json } = await commandLine({})('verify', '--export', file, '--json')
  return { code, ...json<Checked & { broken?: string }>() }
}
const linesOf = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n')
const eventsOf = async (file: string) =>
  (await linesOf(file)).map((line) => JSON.parse(line) as LoggedEvent).filter(({ seq }) => seq !== undefined)

describe('an exported log', () => {
  it('[PR7] is checked without the server, and ends with the hash that the store has', async () => {
    const { code, ...checked } = await check(exported)
    expect([code, checked]).toEqual([0, expect.objectContaining({ whole: true, first: 1, log: 'default/0' })])
    expect((await plane.store.hashAt('default/0', checked.last)) ?? '').toBe(checked.hash)
    expect((await stat(exported)).mode & 0o777).toBe(0o600)
    const told = await commandLine({})('verify', '--export', exported)
    expect(told.stdout).toMatch(/default\/0 +1–\d+ +5 +yes +[0-9a-f]{64}/)
    expect(told.stderr).toContain('compare the hash of the last event')
  })

  it('[AP9] says who released which bytes, and has them, those first asked for included', async () => {
    const text = await readFile(exported, 'utf8')
    for (const bytes of [ASKED.replace('"to":"bo","text":"=cmd()"', '"text":"=cmd()","to":"bo"'), RELEASED])
      expect(text).toContain(JSON.stringify(bytes).slice(1, -1))
    const [released] = (await eventsOf(exported)).filter(({ type }) => type === 'approval.approved')
    const { digest } = (released?.data.approval ?? {}) as { digest?: string }
    expect(released).toMatchObject({
      by: 'ana',
      command: { key: 'e' },
      data: { approval: { decidedBy: 'ana' } },
    })
    expect(text).toContain(`{"digest":"${digest}","text":${JSON.stringify(RELEASED)}}`)
    // and the policy that judged it, whole
    expect(text).toMatch(/"text":"\{\\"autonomy\\":.*\\"version\\":\\"audited\\"/)
    const { texts, named } = await check(exported)
    expect(texts).toBe(named)
  })

  const change = (from: RegExp, to: string) => (lines: string[]) => {
    const at = lines.findIndex((line) => from.test(line))
    lines[at] = (lines[at] ?? '').replace(from, to)
    return lines
  }
  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['who did it', change(/("type":"approval.approved".*"by":")ana/, '$1eve'), /^Event \d+ is not the one/],
    [
      'when',
      change(/("at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.)\d(\d\dZ","type":"approval.denied")/, '$1x$2'),
      /^Event/,
    ],
    ['what was done', change(/"status":"denied"/, '"status":"approved"'), /^Event \d+ is not the one/],
    ['under which key', change(/"key":"e"/, '"key":"f"'), /^Event \d+ is not the one/],
    ['which bytes', change(/Hello/, 'Hullo'), /^The text in line \d+ is not the one of sha256:/],
    ['which digest', change(/"digest":"sha256:./, '"digest":"sha256:x'), /is not the one/],
    [
      'that it was done',
      (lines) => lines.filter((line) => !/approval\.approved.*"key":"e"/.test(line)),
      /^Event \d+ is missing/,
    ],
    ['what came last', (lines) => lines.slice(0, -1), /^The file is cut short after event \d+/],
    ['the last event', (lines) => lines.toSpliced(-2, 1), /^The file ends at event \d+, and says/],
    ['what a fact is', (lines) => lines.toSpliced(2, 0, '{"seq":1,"data":"","at":7}'), /^Event \d+ is/],
    ['what a line is', (lines) => lines.toSpliced(2, 0, 'null'), /^Line 3 is not one that was written/],
    ['what follows its end', (lines) => [...lines, '{}'], /^Line \d+ is not one that was written/],
    [
      'nothing, and said more',
      change(/("type":"approval.approved")/, '$1,"note":"eve agreed"'),
      /^Event \d+ is not as/,
    ],
    [
      'what is read first',
      change(/("type":"approval.approved".*)("by":"ana")/, '"by":"eve",$1$2'),
      /^Event \d+ is not as/,
    ],
    ['what a part says', change(/("key":"e")/, '$1,"by":"eve"'), /^Event \d+ is not as/],
    [
      'what its bytes say',
      change(/("text":"{.*)}$/, '$1,"text_en":"no"}'),
      /^Line \d+ is not as it was written/,
    ],
    [
      'what was done for its digest',
      (lines) =>
        lines.map((line) => {
          const { data, ...fact } = JSON.parse(line)
          if (fact.type !== 'approval.approved') return line
          const dataDigest = createHash('sha256').update(canonicalText(data)).digest('hex')
          return JSON.stringify({ ...fact, dataDigest })
        }),
      /^Event \d+ is not as it was written/,
    ],
    [
      'what tells nothing where parts belong',
      change(/("type":"approval\.requested".*),"hash"/, '$1,"push":4711,"hash"'),
      /^Event \d+ is not as it was written/,
    ],
    [
      'a text into a list',
      change(/"text":("(?:[^"\\]|\\.)*")/, '"text":[$1]'),
      /^The text in line \d+ is not the one/,
    ],
    [
      'nothing, and left out the text of what was released',
      (lines) => lines.filter((line) => !/^{"digest":.*Hello/.test(line)),
      /^The text of sha256:[0-9a-f]{64}, which event \d+ names, is missing, and others are there/,
    ],
    ['where it begins', change(/"seq":0,"hash":""/, '"seq":0,"hash":"00"'), /^Event 1 is not the one/],
  ])('[PR7] is found out where somebody changed %s', async (what, edit, broken) => {
    const file = join(folder, `${what}.jsonl`)
    await writeFile(file, `${edit(await linesOf(exported)).join('\n')}\n`)
    expect(await check(file)).toMatchObject({ code: 3, whole: false, broken: expect.stringMatching(broken) })
  })

  it('[PR7] of which nothing fits is not said to hold events', async () => {
    const file = join(folder, 'none.jsonl')
    await writeFile(file, `${(await linesOf(exported)).toSpliced(1, 0, 'null').join('\n')}\n`)
    expect((await commandLine({})('verify', '--export', file)).stdout).toMatch(/default\/0 +none +0 +no/)
  })

  it('[PR7] leaves the arguments out where they are not to be seen, and can be checked all the same', async () => {
    const file = await take('bare.jsonl', '--no-texts')
    const { named } = await check(exported)
    expect(await check(file)).toMatchObject({ code: 0, whole: true, texts: 0, named })
    expect((await commandLine({})('verify', '--export', file)).stdout).toContain(` 0 of ${named} `)
    expect(await readFile(file, 'utf8')).not.toContain('Hello')
  })

  it('[PR7] may begin at any time, and says behind which event it does', async () => {
    const all = await eventsOf(exported)
    const [, , third, fourth] = all
    const from = all.find(({ at }) => at > (third?.at ?? ''))
    const file = await take('late.jsonl', '--since', from?.at ?? '')
    const { first, whole } = await check(file)
    expect([first, whole]).toEqual([from?.seq, true])
    expect(fourth).toBeDefined()
    const { stderr } = await commandLine({})('verify', '--export', file)
    expect(stderr).toContain(`begins behind event ${first - 1}, hash ${all[first - 2]?.hash}`)
  })

  it('is a table as well: who released what, on which bytes, and the hash that finds it in the checked log', async () => {
    const table = await readFile(await take('audit.csv', '--format', 'csv'), 'utf8')
    const [head, ...rows] = table.trimEnd().split('\r\n')
    expect(head).toBe(
      'seq,at,type,agent,by,id,action,status,level,policy,rules,released_by,factors,reason,digest,arguments,data,hash',
    )
    const events = await eventsOf(exported)
    expect(rows.map((row) => [Number(row.split(',')[0]), row.slice(-64)])).toEqual(
      events.map(({ seq, hash }) => [seq, hash]),
    )
    const released = rows.find((row) => row.includes('approval.approved')) ?? ''
    expect(released).toMatch(/,send_email,approved,required,audited,[^,]*,ana,,/)
    expect(released).toContain(`,"${RELEASED.replaceAll('"', '""')}",`)
    const refused = await commandLine({})('verify', '--export', join(folder, 'audit.csv'))
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('a CSV can not be checked')])
  })

  it('goes to standard output without --to, and never over a file that is half written', async () => {
    const { code, stdout, stderr } = await hp('export')
    expect([code, stderr]).toEqual([0, expect.stringContaining('hash of the last')])
    await writeFile(join(folder, 'piped.jsonl'), stdout)
    expect(await check(join(folder, 'piped.jsonl'))).toMatchObject({ code: 0, whole: true })
    expect((await hp('export', '--json')).code).toBe(2)
    await writeFile(join(folder, 'taken.jsonl.part'), 'another export')
    expect(await hp('export', '--to', join(folder, 'taken.jsonl'))).toMatchObject({ code: 2 })
    expect(await readFile(join(folder, 'taken.jsonl.part'), 'utf8')).toBe('another export')
  })

  it.each([
    ['nowhere.jsonl', undefined, 2, 'there is no such file'],
    ['empty.jsonl', '', 3, 'is no file that "holdpoint export" wrote'],
    ['other.jsonl', '{"holdpoint":"log"}\n', 3, 'is no file that "holdpoint export" wrote'],
  ])('says that %s can not be checked', async (name, text, code, why) => {
    const file = join(folder, name)
    if (text !== undefined) await writeFile(file, text)
    const checked = await commandLine({})('verify', '--export', file)
    expect([checked.code, checked.stderr]).toEqual([code, expect.stringContaining(why)])
  })

  it('[ID1] is read by whoever may see the log, and by no agent', async () => {
    const asAgent = commandLine({ url: plane.url, token: await plane.token({ subject: 'mailer' }) })
    expect(await asAgent('export')).toMatchObject({ code: 4, stdout: '' })
  })
})
