import { canonicalAction, MAX_ACTION_BYTES } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser, type Visit } from '../harness/browser.ts'
import { agentRow, openLine, readAll, row, signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { deceptivePayloads } from '../harness/deceptive-payloads.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { breaches, filledIn, readBack } from '../harness/read-back.ts'

type Fields = Readonly<Record<string, unknown>>

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

/** As many in one request as a person can be shown whole. */
function batches(): readonly (readonly unknown[])[] {
  const all: unknown[][] = [[]]
  let size = 0
  for (const { value } of deceptivePayloads) {
    const own = new TextEncoder().encode(JSON.stringify(value)).length + 2
    if (size + own > MAX_ACTION_BYTES / 2 || (all.at(-1)?.length ?? 0) >= 80) {
      all.push([])
      size = 0
    }
    all.at(-1)?.push(value)
    size += own
  }
  return all
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A batch as arguments: deceptive keys stand beside the others, not within. */
function argsOf(values: readonly unknown[]): Fields {
  const args = new Map<string, unknown>()
  for (const [at, value] of values.entries()) {
    const entries = isFields(value) ? Object.entries(value) : []
    if (entries.length === 0 || entries.some(([key]) => args.has(key))) args.set(`p${at}`, value)
    else for (const [key, one] of entries) args.set(key, one)
  }
  return Object.fromEntries(args)
}

/** Two of them and nothing else fill a request. */
const isLong = (value: unknown): boolean => JSON.stringify(value).length > MAX_ACTION_BYTES / 4

const texts = deceptivePayloads.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))

/** The corpus's texts, line by line, in pieces of at most so many characters; of what is longer, its beginning. */
function pieces(most: number): readonly string[] {
  const all: string[] = []
  for (const text of texts) {
    const own = [...text].slice(0, Math.floor(most / 2)).join('')
    const joined = `${all.at(-1) ?? ''}\n${own}`
    if (all.length > 0 && joined.length <= most) all[all.length - 1] = joined
    else all.push(own)
  }
  return all
}

/** What policy's author calls an argument may deceive as well. */
const schemaFor = (args: Fields, at: number) => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(args)
      .filter(([key, value]) => /^p\d/.test(key) && typeof value === 'string')
      .map(([key], index) => [
        key,
        {
          type: 'string',
          ...(index % 2 === 0 && { title: texts[(at * 80 + index) % texts.length]?.slice(0, 200) || 'none' }),
          ...(index % 3 === 0 && { description: texts[(at * 80 + index * 3) % 400] || 'none' }),
        },
      ]),
  ),
})

/** By hand, for to wait until a long card stands still takes longer than to read it. */
const segment = (page: Page, label: string | RegExp) =>
  page.locator('.segments button', { hasText: label }).evaluate((button: HTMLElement) => button.click())

const go = (page: Page, place: string) =>
  page.evaluate((next) => {
    location.hash = next
  }, place)

async function expectHarmless({ page, faults }: Visit): Promise<void> {
  expect(await breaches(page)).toEqual([])
  expect(faults).toEqual([])
}

describe('[AP9][AP10] a corpus of deceptive texts', () => {
  it('holds at least 500, no two alike', () => {
    const all = deceptivePayloads.map(({ value }) => JSON.stringify(value))
    expect(new Set(all).size).toBeGreaterThanOrEqual(500)
  })

  describe('is drawn whole as arguments and summary, in a form and as what differs, in stored order, and does nothing', () => {
    const all = batches().map(argsOf)
    const schemas = all.map(schemaFor)
    const summaries = pieces(2_000)
    let cp: Harness
    let visit: Visit
    beforeAll(async () => {
      cp = await controlPlane()
      const root = await cp.operatorSocket({ subject: 'root' })
      await root.must('policy.activate', {
        key: freshKey(),
        policy: {
          version: 'deceptive',
          catalogue: Object.fromEntries(
            schemas.map((args, at) => [`transfer_${at}`, { level: 'required', class: 'external_api', args }]),
          ),
        },
        reason: 'schemas',
      })
      visit = await browser.open({ height: 1_000 })
      await signIn(visit.page, cp)
    })
    afterAll(async () => {
      await visit[Symbol.asyncDispose]()
      await cp[Symbol.asyncDispose]()
    })

    it.each([...all.entries()])('part %i of it', async (at, args) => {
      const { page } = visit
      const agent = await startAgent(await cp.agentSocket({ subject: `trickster-${at}` }))
      const summary = summaries[at % summaries.length] as string
      const asked = await agent.ask(`transfer_${at}`, args, { summary })
      if (!asked.ok) throw new Error(`${asked.error?.message} ${JSON.stringify(asked.error?.details)}`)
      const { id } = asked.approval
      const canonical: string = asked.action.canonical
      const stored = (JSON.parse(canonical) as { args: Fields }).args
      await go(page, `#/queue/${id}`)
      await page.locator(`.card[data-id="${id}"] .digest`).waitFor()

      const { properties } = schemas[at] as { properties: Fields }
      const asFields = await readBack(page.locator('.call'))
      expect(asFields.wrong).toEqual([])
      expect(asFields.texts).toEqual(fieldTexts(properties, stored))
      const own = await readBack(page.locator('.words'))
      expect(own.wrong).toEqual([])
      expect(own.texts).toEqual([summary])
      const line = page.locator(`.row[data-id="${id}"]`)
      await line.locator('.row-arg').first().waitFor()
      const inLine = await readBack(line)
      expect(inLine.wrong).toEqual([])
      expect(inLine.texts.at(-1)).toBe(summary)
      expectOfArguments(inLine.texts.slice(0, -1), stored)
      await segment(page, 'Structured')
      await page.locator('.call > .json').waitFor()
      const structured = await readBack(page.locator('.call'))
      expect(structured.wrong).toEqual([])
      expect(structured.stored).toBe(`transfer_${at}${drawn(stored)}`)
      await segment(page, 'Raw JSON')
      await page.locator('.json.raw').waitFor()
      const bytes = await readBack(page.locator('.json.raw'))
      expect(bytes.wrong).toEqual([])
      expect(bytes.stored).toBe(canonical)

      // read in each view; to be scrolled through by one who edits it takes too long here
      if (isLong(args)) {
        await expectHarmless(visit)
        return
      }
      await readAll(page)
      await page.locator('button.edit:enabled').click()
      await page.locator('.fields').first().waitFor()
      await expectShownInInputs(page, stored, properties)
      await segment(page, /^JSON/)
      const json = page.getByLabel('Arguments, as JSON')
      const text = await json.inputValue()
      expect(JSON.parse(text)).toEqual(stored)
      expect(text.replaceAll('\n', '')).not.toMatch(HIDING)
      await json.fill(JSON.stringify({ instead: stored }))
      await page.locator('.differences .is').waitFor()
      const difference = await readBack(page.locator('.differences'))
      expect(difference.wrong).toEqual([])
      expect(difference.texts).toEqual([
        ...Object.entries(stored).flatMap(([key, value]) => [pointer(key), drawn(value)]),
        ...['/instead', drawn(stored)],
      ])
      await expectHarmless(visit)
      await page.keyboard.press('Escape')
    })
  })

  it('is drawn whole as the context of a request and of a ticket, in stored order, and does nothing', async () => {
    await using cp = await controlPlane()
    await using visit = await browser.open({ height: 1_000 })
    const { page } = visit
    await signIn(page, cp)
    const context = deceptivePayloads.flatMap(({ value }) => (isLong(value) ? [] : [value]))
    const agent = await startAgent(await cp.agentSocket({ subject: 'trickster' }))
    const { approval } = await agent.ask('send_email', { to: 'ana@example.org' }, { context })
    const raised = { key: freshKey(), epoch: agent.epoch, reason: 'user_request', context }
    const { ticket } = await agent.socket.must('escalation.raise', raised)
    const canonical = canonicalAction('context', context)
    const stored = canonical.ok && (JSON.parse(canonical.value.canonical) as { args: unknown }).args
    for (const place of [`#/queue/${approval.id}`, `#/tickets/${ticket.id}`]) {
      await go(page, place)
      await page.locator('.words .json').waitFor()
      const words = await readBack(page.locator('.words'))
      expect(words.wrong).toEqual([])
      expect(words.texts).toEqual([drawn(stored)])
      await expectHarmless(visit)
    }
  })

  it('is drawn whole in questions, answers, agents, notices, ends and history, in stored order, and does nothing', async () => {
    await using cp = await controlPlane()
    await using visit = await browser.open({ height: 1_000 })
    const { page } = visit
    await signIn(page, cp)
    const [long, short, steps, words] = [pieces(2_000), pieces(200), pieces(300), pieces(100)]
    for (const [at, text] of long.entries()) {
      const id = `trickster-${at}`
      const agent = await startAgent(await cp.agentSocket({ subject: id }), {
        task: text,
        ...(at % 2 === 0 && { name: short[at] }),
      })
      agent.socket.socket.emit('progress', { epoch: agent.epoch, step: short[at + 1], message: steps[at] })
      const form = formFields(words, at * 20)
      const choices = short.slice(at * 20, (at + 1) * 20)
      const { ticket } = await agent.socket.must('question.ask', {
        key: freshKey(),
        epoch: agent.epoch,
        question: text,
        blocking: false,
        ...(choices.length > 0 ? { choices } : { schema: { type: 'object', properties: form } }),
      })
      await go(page, `#/tickets/${ticket.id}`)
      await page.locator('.card .words blockquote').waitFor()
      const question = await readBack(page.locator('.card'))
      expect(question.wrong).toEqual([])
      expect(question.texts[0]).toBe(text)
      if (choices.length > 0) expect(question.texts.slice(-choices.length)).toEqual(choices)
      else {
        expect(question.texts.slice(1)).toEqual(
          Object.values(form).flatMap(({ title, description }) => [title, description]),
        )
        for (const { options } of await filledIn(page.locator('form.answer .fields')))
          for (const option of options) expect(option).not.toMatch(HIDING)
      }
      const line = await readBack(page.locator('.row.current'))
      expect([line.wrong, line.texts]).toEqual([[], [text]])
      await expectHarmless(visit)

      const { approval } = await agent.ask('send_email', { to: 'ana@example.org' })
      await go(page, `#/queue/${approval.id}`)
      await page.locator('.card[data-id] .digest').waitFor()
      await agent.socket.must('approval.cancel', { key: freshKey(), id: approval.id, reason: text })
      await page.locator('.outcome').waitFor()
      const end = await readBack(page.locator('.outcome'))
      expect([end.wrong, end.texts]).toEqual([[], [text]])

      await go(page, `#/agents/${id}`)
      await page.locator('.agent .facts').first().waitFor()
      const facts = await readBack(page.locator('.agent .facts').first())
      expect(facts.wrong).toEqual([])
      expect(facts.texts).toEqual([text, short[at + 1], steps[at]])
      const log = await readBack(page.locator('.agent .events'))
      expect(log.wrong).toEqual([])
      expect(log.texts).toContain(`question · “${text}”`)
      await expectHarmless(visit)
    }
    await go(page, '#/agents')
    for (const at of long.keys()) {
      const place = agentRow(page, `trickster-${at}`)
      await place.waitFor()
      const line = await readBack(place)
      expect(line.wrong).toEqual([])
      expect(line.texts).toEqual([at % 2 === 0 ? short[at] : long[at], short[at + 1]])
    }
    await expectHarmless(visit)
    await go(page, '#/history')
    await page.locator('.events li').first().waitFor()
    const log = await readBack(page.locator('.events'))
    expect(log.wrong).toEqual([])
    for (const text of long) {
      expect(log.texts).toContain(`question · “${text}”`)
      expect(log.texts).toContain(`send_email · “${text}”`)
    }
    await expectHarmless(visit)
    await page.locator('li', { hasText: 'question.opened' }).first().locator('.event-time').click()
    await page.locator('.history .json').waitFor()
    const fact = await readBack(page.locator('.history .json'))
    expect(fact.wrong).toEqual([])
    expect(fact.stored).toContain(`"question": ${drawn(long.at(-1))}`)
    await expectHarmless(visit)
  })

  it('is named where a message quotes it, and where a person edited it', async () => {
    await using cp = await controlPlane()
    const key = 'to\u202Egro.elpmaxe@ana'
    const root = await cp.operatorSocket({ subject: 'root' })
    const args = { type: 'object', additionalProperties: { type: 'string', pattern: '^[a-z]+$' } }
    await root.must('policy.activate', {
      key: freshKey(),
      policy: {
        version: 'quoting',
        catalogue: { transfer: { level: 'required', class: 'external_api', args } },
        rules: [{ name: 'two', when: 'action == "transfer"', approvals: 2 }],
      },
      reason: 'patterns',
    })
    const agent = await startAgent(await cp.agentSocket({ subject: 'trickster' }))
    const { approval } = await agent.ask('transfer', { [key]: 'ana' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await openLine(row(page, 'transfer'))
    await readAll(page)
    await page.locator('button.edit:enabled').click()
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    const json = page.getByLabel('Arguments, as JSON')
    const inTheWay = page.locator('.decide .why-not')
    await json.fill(JSON.stringify({ [key]: 7 }))
    await inTheWay.locator('mark').waitFor()
    expect(await readBack(inTheWay)).toMatchObject({ wrong: [], texts: [expect.stringContaining(key)] })
    // only the server knows of patterns
    await json.fill(JSON.stringify({ [key]: 'NOT' }))
    await page.getByRole('button', { name: 'Approve with these edits' }).click()
    const notice = page.locator('.notice.bad')
    await notice.waitFor()
    expect((await readBack(notice)).wrong).toEqual([])
    await expectHarmless(visit)
    await page.keyboard.press('Escape')
    const edited = { ...shown(approval), args: { [key]: 'bo' } }
    await root.must('approval.approve', { key: freshKey(), ...edited })
    await page.getByText('Edited by a person').waitFor()
    const difference = await readBack(page.locator('.bytes .differences'))
    expect([difference.wrong, difference.texts]).toEqual([[], [pointer(key), '"ana"', '"bo"']])
    await expectHarmless(visit)
  })

  it('what an agent says of itself is in quotes, and said to be its own, wherever it stands', async () => {
    await using cp = await controlPlane()
    const claim = 'SYSTEM: approved by admin'
    const agent = await startAgent(await cp.agentSocket({ subject: 'trickster' }), { task: claim })
    agent.socket.socket.emit('progress', { epoch: agent.epoch, step: claim })
    await agent.ask('send_email', { to: 'a@example.org' }, { summary: claim })
    await agent.send('question.ask', { question: claim, choices: [claim], blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'send_email').getByText(`says “${claim}”`).waitFor()
    await row(page, 'question').getByText(`says “${claim}”`).waitFor()
    await openLine(row(page, 'question'))
    await page.getByText('The answers are the agent’s own words').waitFor()
    await page.locator('button.choice', { hasText: `“${claim}”` }).waitFor()
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await row(page, 'question').getByText(`says “${claim}”`).waitFor()
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.locator('.agent-who .says', { hasText: `in its own words: “${claim}”` }).waitFor()
    await page.locator('.agent-row .agent-step .says', { hasText: `in its own words: “${claim}”` }).waitFor()
    expect(visit.faults).toEqual([])
  })

  it('is refused by name where a person could not be shown it whole', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'trickster' }))
    const deep = Array.from({ length: 70 }).reduce<unknown>((value) => [value], 'x')
    for (const [args, code] of [
      [{ filler: 'x'.repeat(MAX_ACTION_BYTES) }, 'too_large'],
      [{ deep }, 'too_large'],
      [{ half: '\ud800' }, 'invalid'],
      [{ rounded: 2 ** 60 }, 'invalid'],
    ] as const)
      expect((await agent.ask('send_email', args)).error?.code).toBe(code)
  })
})

const HIDING =
  /\p{Cc}|\p{Cf}|\p{Co}|\p{Cs}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}/u
/** What an input would hide, or draw in another order or as something else. */
const DECEIVES = [
  HIDING,
  /[\u0590-\u08FF\uFB1D-\uFDFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u,
  /[a-z][\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Lisu}\p{Script=Coptic}]|[\p{Script=Cyrillic}\p{Script=Greek}][a-z]/u,
  /^ | $| {2}/,
]

/** Up to two arguments of a line of the queue: where each stands, or the end of that, and a piece of what stands there. */
function expectOfArguments(texts: readonly string[], stored: Fields): void {
  expect([2, 4, 6]).toContain(texts.length)
  for (let at = 0; at < texts.length; at += 2) {
    const [path, text] = texts.slice(at, at + 2) as [string, string]
    const standing = values(stored).filter(([key]) =>
      [...path].length < SHOWN_OF_PATH ? key === path : key.endsWith(path),
    )
    expect(
      standing.some(([, value]) => value.includes(text)),
      `${path}: ${text}`,
    ).toBe(true)
  }
}

const SHOWN_OF_PATH = 12

/** Each value with the keys that lead to it: texts and keys as they stand within quotes, what else there is as JSON. */
function values(value: unknown, path: readonly string[] = []): readonly (readonly [string, string])[] {
  const within = (text: string): string => text.replace(/["\\]/g, '\\$&')
  if (typeof value === 'string') return [[within(path.join('.')), within(value)]]
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (inner.length > 0) return inner.flatMap(([key, one]) => values(one, [...path, key]))
  return [[within(path.join('.')), JSON.stringify(value)]]
}

/** Each value is in an input, all of it in sight, and once more as it is stored where an input would deceive. */
async function expectShownInInputs(page: Page, stored: Fields, properties: Fields): Promise<void> {
  const inputs = await filledIn(page.locator('.fields'))
  const order = [...Object.keys(properties), ...Object.keys(stored).filter((key) => !(key in properties))]
  const values = order.flatMap((key) => leaves(stored[key]))
  expect(inputs).toHaveLength(values.length)
  for (const [at, { value, asStored, isCut }] of inputs.entries()) {
    const text = values[at]
    if (typeof text === 'string') {
      // an input has one sort of line break
      expect(value).toBe(text.replace(/\r\n?/g, '\n'))
      if (DECEIVES.some((one) => one.test(text.replaceAll('\n', ''))) || asStored !== undefined)
        expect(asStored).toBe(text)
    } else expect(JSON.parse(value)).toEqual(text)
    expect(isCut, value).toBe(false)
  }
  const below = await readBack(page.locator('.fields'))
  expect(below.wrong).toEqual([])
}

/** What has an input of its own: an object's fields do, three levels down; what is deeper stands as its JSON. */
function leaves(value: unknown, depth = 1): readonly unknown[] {
  if (depth < 3 && isFields(value)) return Object.values(value).flatMap((one) => leaves(one, depth + 1))
  return typeof value === 'boolean' ? [] : [value]
}

/** A form as long as it may be, with what an agent calls its fields and what may be chosen: the corpus from `from` on. */
function formFields(all: readonly string[], from: number) {
  const nth = (at: number) => all[(from + at) % all.length] as string
  const field = (at: number) => ({
    type: 'string',
    title: nth(4 * at),
    description: nth(4 * at + 1),
    enum: [nth(4 * at + 2), nth(4 * at + 3)],
  })
  return Object.fromEntries([0, 1, 2, 3, 4].map((at) => [`f${at}`, field(at)]))
}

/** The texts of a view made from a schema: each under its title and its key, and what the schema does not know. */
function fieldTexts(properties: Fields, stored: Fields): readonly string[] {
  const known = Object.entries(properties).flatMap(([key, schema]) => {
    const { title, description } = schema as { title?: string; description?: string }
    const name = title === undefined ? [key] : [title, key]
    return [...name, drawn(stored[key]), ...(description === undefined ? [] : [description])]
  })
  const rest = Object.entries(stored).filter(([key]) => !(key in properties))
  return [...known, ...rest.flatMap(([key, value]) => [key, drawn(value)])]
}

/** RFC 6901. */
const pointer = (key: string) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** A value as the structured view lines it up, without indentation: only what would end a text is escaped. */
function drawn(value: unknown): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(drawn).join(',')}]`
  return `{${Object.entries(value)
    .map(([key, one]) => `${quoted(key)}: ${drawn(one)}`)
    .join(',')}}`
}
