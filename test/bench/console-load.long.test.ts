import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { type RawAgent, startAgent } from '../harness/raw-agent.ts'

const AGENTS = 2_000
const APPROVALS = 1_000
const UPDATES_PER_SECOND = 60
const SECONDS = 30
/** To the next paint, of 98 of 100 interactions. Unit: ms. */
const QUICK_MS = 200
/** Units: px. */
const [QUEUE_ROW, WALL_ROW] = [60, 48]

const nameOf = (at: number): string => `agent-${String(at).padStart(4, '0')}`

let cp: Harness
let browser: Browser
const agents: RawAgent[] = []

beforeAll(async () => {
  cp = await controlPlane()
  browser = await launchBrowser()
  for (let at = 0; at < AGENTS; at += 50)
    agents.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, async (_, n) =>
          startAgent(await cp.agentSocket({ subject: nameOf(at + n) }), { leaseMs: 60_000 }),
        ),
      )),
    )
  for (const agent of agents.slice(0, APPROVALS))
    await agent.ask('send_email', { to: 'ana@example.org', text: 'Hello!' })
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await cp?.[Symbol.asyncDispose]()
})

/** The value that 98 of 100 do not exceed. */
const p98 = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.98) - 1] ?? 0

/** Agents act, and say what they do, so many times a second, until it is ended; resolves with how often they did. */
function updating(): () => Promise<number> {
  let updates = 0
  let busy = true
  const running = (async () => {
    const start = performance.now()
    while (busy) {
      // what is due is sent, however late the loop comes by
      const due = Math.floor(((performance.now() - start) * UPDATES_PER_SECOND) / 1_000)
      for (; updates < due; updates += 1) {
        const agent = agents[APPROVALS + (updates % (AGENTS - APPROVALS))]
        void agent?.ask('read_file', { at: updates }).catch(() => {})
        const other = agents[(updates * 7) % AGENTS]
        other?.socket.socket.emit('progress', { epoch: other.epoch, step: `step ${updates}` })
      }
      await sleep(10)
    }
  })()
  return async () => {
    busy = false
    await running
    return updates
  }
}

/** In the page: takes down how long each interaction took to the next paint, where it was more than 16 ms. */
function takeTimes(): void {
  const times: number[] = []
  Object.assign(window, { times })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceEventTiming[])
      if (entry.interactionId) times.push(entry.duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit)
}

async function timesOf(page: Page, what: string): Promise<readonly number[]> {
  const times = await page.evaluate(() => (window as unknown as { times: number[] }).times)
  const all = `p98 ${p98(times)} ms, worst ${Math.max(0, ...times)} ms`
  console.log(`${what}; of ${times.length} slower than 16 ms: ${all}`)
  return times
}

interface Frames {
  drawn: number
  /** Of those, in how many some of the list in sight was blank, or held another agent than belongs there. */
  blank: number
  wrong: number
}

/**
 * In the page: looks at each frame, when all that draws has run and nothing is painted yet, whether the list in sight is
 * full of what belongs there.
 */
function watchFrames(rowHeight: number): void {
  const frames: Frames = { drawn: 0, blank: 0, wrong: 0 }
  Object.assign(window, { frames })
  // sizes are told after the frame's callbacks and before its paint: what changes its own in each frame is told in each
  const probe = document.createElement('div')
  probe.style.cssText = 'position: fixed; height: 1px'
  document.body.append(probe)
  let turn = 0
  const next = () => {
    turn = 1 - turn
    probe.style.width = `${1 + turn}px`
    requestAnimationFrame(next)
  }
  next()
  new ResizeObserver(() => {
    const box = document.querySelector('.virtual')
    const all = box?.querySelector('.virtual-rows')
    if (!box || !all) return
    const { top, bottom } = box.getBoundingClientRect()
    const from = all.getBoundingClientRect()
    let filled = top
    for (const row of box.querySelectorAll('.virtual-row')) {
      const { top: start, bottom: end } = row.getBoundingClientRect()
      const id = row.querySelector('.agent-row')?.getAttribute('data-id') ?? ''
      const isDrawn = row.querySelector('.state')?.textContent && row.querySelector('a')?.textContent === id
      if (start <= filled + 1 && isDrawn) filled = Math.max(filled, end)
      const place = Math.round((start - from.top) / rowHeight)
      if (id !== `agent-${String(place).padStart(4, '0')}`) frames.wrong += 1
    }
    frames.drawn += 1
    if (filled < Math.min(bottom, from.bottom) - 1) frames.blank += 1
  }).observe(probe)
}

/** The line in the middle of the list that is in sight. */
const inTheMiddle = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { left, top, width, height } =
      document.querySelector('.virtual')?.getBoundingClientRect() ?? new DOMRect()
    const there = document.elementFromPoint(left + width / 2, top + height / 2)
    return there?.closest('[data-id]')?.getAttribute('data-id') ?? ''
  })

describe(`the console under load: ${APPROVALS} approvals and ${AGENTS} agents at ${UPDATES_PER_SECOND} updates a second`, () => {
  it('drops no key in the queue, and stays quick', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('button', { name: `Mine ${APPROVALS}` }).waitFor()
    await page.evaluate(takeTimes)
    const end = updating()
    const place = () =>
      page
        .locator('.row.current')
        .evaluate((row) => Number(row.closest<HTMLElement>('.virtual-row')?.style.top.replace('px', '')))
    await page.keyboard.press('j')
    const first = await place()
    let presses = 0
    for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; presses += 1) {
      await page.keyboard.press('j')
      await sleep(120)
    }
    // the cursor stands as many lines further as there were presses
    expect(((await place()) - first) / QUEUE_ROW).toBe(presses)
    const updates = await end()
    const times = await timesOf(page, `queue: ${presses} presses, ${updates} updates`)
    expect(updates).toBeGreaterThan(SECONDS * UPDATES_PER_SECOND * 0.8)
    expect(p98(times)).toBeLessThan(QUICK_MS)
    expect(visit.faults).toEqual([])
  })

  it('scrolls the wall without a blank line, and takes every press and every letter meanwhile', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByText(`${AGENTS} shown`).waitFor()
    await page.locator('.agent-row .state').first().waitFor()
    await page.evaluate(takeTimes)
    await page.evaluate(watchFrames, WALL_ROW)
    const end = updating()
    const list = page.locator('.virtual')
    await list.hover()
    const chosen = new Set<string>()
    const until = performance.now() + SECONDS * 1_000
    for (let turn = 0; performance.now() < until; turn += 1) {
      // down by the wheel, now and then by a key, and back up from the end
      for (let step = 0; step < 6; step += 1) {
        await page.mouse.wheel(0, turn % 20 === 19 ? -40_000 : 150)
        await sleep(16)
      }
      if (turn % 5 === 0) await list.press('PageDown')
      const id = await inTheMiddle(page)
      if (id === '' || chosen.has(id)) continue
      await page.getByLabel(`Select ${id}`, { exact: true }).check()
      chosen.add(id)
    }
    await page.getByText(`${AGENTS} shown, ${chosen.size} selected`).waitFor()
    await list.press('End')
    await page.locator(`.agent-row[data-id="${nameOf(AGENTS - 1)}"]`).waitFor()
    const framesNow = () => page.evaluate(() => (window as unknown as { frames: Frames }).frames)
    // from here on it is another list: what stands where is no longer told by the place alone
    const { wrong } = await framesNow()
    const filter = page.getByLabel('Filter agents')
    await filter.pressSequentially('agent-19', { delay: 60 })
    expect(await filter.inputValue()).toBe('agent-19')
    await page.getByText('100 shown').waitFor()
    const frames = { ...(await framesNow()), wrong }
    const updates = await end()
    const times = await timesOf(
      page,
      `wall: ${chosen.size} selected, ${updates} updates, ${frames.drawn} frames, ${frames.blank} with a blank line`,
    )
    expect(chosen.size).toBeGreaterThan(SECONDS / 2)
    expect(frames).toMatchObject({ blank: 0, wrong: 0 })
    expect(frames.drawn).toBeGreaterThan(SECONDS)
    expect(updates).toBeGreaterThan(SECONDS * UPDATES_PER_SECOND * 0.8)
    expect(p98(times)).toBeLessThan(QUICK_MS)
    expect(visit.faults).toEqual([])
  })
})
