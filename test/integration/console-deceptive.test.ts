import { MAX_ACTION_BYTES } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { launchBrowser } from '../harness/browser.ts'
import { row, signIn } from '../harness/console-page.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { deceptivePayloads } from '../harness/deceptive-payloads.ts'
import { startAgent } from '../harness/raw-agent.ts'

/** What is in one view of the bytes: the text that a reader can see, the text that it stands for, and what is wrong. */
interface Drawn {
  readonly stored: string
  readonly wrong: readonly string[]
}

/** Reads the drawn bytes back, character by character, with the place where each of them was painted. */
async function readBack(page: Page, selector: string): Promise<Drawn> {
  return page.locator(selector).evaluate((root) => {
    const hiding =
      /\p{Cc}|\p{Cf}|\p{Co}|\p{Cs}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}/u
    const wrong: string[] = []
    // a label stands for the character that it names
    const read = (node: Node): string => {
      if (node instanceof HTMLElement && node.matches('mark')) return node.dataset.text ?? ''
      return node.nodeType === Node.TEXT_NODE
        ? (node.textContent ?? '')
        : [...node.childNodes].map(read).join('')
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    let last = { line: null as Element | null, left: 0, bottom: 0 }
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      const line = (node.parentElement as HTMLElement).closest('.line, .raw, .call-name')
      if (hiding.test(text)) wrong.push(`drawn as it is: ${JSON.stringify(text)}`)
      let index = 0
      // of filler, every sixteenth: where one is painted costs a look at the whole
      const every = text.length > 4_096 ? 16 : 1
      for (const character of text) {
        if (every > 1 && index % every > 0) {
          index += character.length
          continue
        }
        range.setStart(node, index)
        index += character.length
        range.setEnd(node, index)
        const box = range.getClientRects()[0]
        if (/\p{M}/u.test(character)) continue
        if (!box || (box.width === 0 && character !== ' ')) {
          if (character !== ' ') wrong.push(`not painted: ${JSON.stringify(character)}`)
          continue
        }
        // in stored order: on one line each stands right of the one before it
        if (line === last.line && box.top < last.bottom - 4 && box.left < last.left - 1)
          wrong.push(`out of order: ${JSON.stringify(character)} in ${JSON.stringify(text.slice(0, 40))}`)
        last = { line, left: box.left, bottom: box.bottom }
      }
    }
    const stored = read(root)
    return { stored, wrong: [...new Set(wrong)].slice(0, 20) }
  })
}

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

describe('[AP9][AP10] a corpus of deceptive arguments', () => {
  it('holds at least 500, no two alike', () => {
    const texts = deceptivePayloads.map(({ value }) => JSON.stringify(value))
    expect(new Set(texts).size).toBeGreaterThanOrEqual(500)
  })

  it('is drawn whole, in stored order, with nothing hidden, nothing executed, and nothing loaded', async () => {
    await using cp = await controlPlane()
    await using browser = await launchBrowser()
    const all = batches()
    const approvals: { id: string; canonical: string }[] = []
    for (const [at, values] of all.entries()) {
      const agent = await startAgent(await cp.agentSocket({ subject: `trickster-${at}` }))
      const asked = await agent.ask('send_email', { values }, { summary: String(values[0]).slice(0, 2_000) })
      if (!asked.ok) throw new Error(`${asked.error?.message} ${JSON.stringify(asked.error?.details)}`)
      approvals.push({ id: asked.approval.id, canonical: asked.action.canonical })
    }
    await using visit = await browser.open({ height: 1_000 })
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'trickster-0').waitFor()
    for (const { id, canonical } of approvals) {
      await page.evaluate((next) => {
        location.hash = `#/queue/${next}`
      }, id)
      await page.locator(`.card[data-id="${id}"] .digest`).waitFor()
      const raw = () => page.getByRole('button', { name: 'Raw JSON' })
      await page.getByRole('button', { name: 'Structured' }).click()
      await page.locator('.call').waitFor()
      const structured = await readBack(page, '.call')
      expect(structured.wrong).toEqual([])
      // what is named there stands for itself: compared by what they hold, in order
      expect(structured.stored).toBe(`send_email${drawnLines(canonical)}`)
      await raw().click()
      await page.locator('.json.raw').waitFor()
      const bytes = await readBack(page, '.json.raw')
      expect(bytes.wrong).toEqual([])
      expect(bytes.stored).toBe(canonical)
    }
    expect(await page.title()).not.toContain('pwned')
    expect(
      await page.locator('.bytes script, .bytes img, .bytes iframe, .bytes a, .bytes style').count(),
    ).toBe(0)
    expect(visit.faults).toEqual([])
  })

  it('what an agent says of itself is in quotes, and said to be its own, wherever it stands', async () => {
    await using cp = await controlPlane()
    await using browser = await launchBrowser()
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
    await row(page, 'question').locator('.row-main').click()
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

/** The canonical text's values as the structured view lines them up, without indentation: only what would end a text is escaped. */
function drawnLines(canonical: string): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  const draw = (value: unknown): string => {
    if (typeof value === 'string') return quoted(value)
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    if (Array.isArray(value)) return `[${value.map(draw).join(',')}]`
    return `{${Object.entries(value)
      .map(([key, one]) => `${quoted(key)}: ${draw(one)}`)
      .join(',')}}`
  }
  return draw((JSON.parse(canonical) as { args: unknown }).args)
}
