import type { Locator, Page } from 'playwright-core'
import type { Harness, TokenOptions } from './control-plane.ts'

/** Opens the console and signs in with a token of that person; resolves once it is live. */
export async function signIn(page: Page, cp: Harness, who: Partial<TokenOptions> = {}): Promise<void> {
  const token = await cp.token({ subject: 'ana', role: 'approver', ...who })
  await page.goto(cp.url)
  await page.getByRole('button', { name: 'Use a token' }).click()
  await page.getByLabel('Your token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.connection.live').waitFor()
}

/** The line of what waits whose name or agent holds this text. */
export const row = (page: Page, text: string | RegExp) => page.locator('.queue-list .row', { hasText: text })

/** The bytes of the card are here, and all of them were on screen. */
export async function readAll(page: Page): Promise<void> {
  await page.locator('.digest').waitFor()
  await page.locator('.card-body').evaluate(async (body) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    for (let top = 0; ; top += body.clientHeight * 0.6) {
      body.scrollTop = top
      await frame()
      if (top + body.clientHeight >= body.scrollHeight) return
    }
  })
}

/** As a person does: a press on what came to its place a moment ago is held back, for a second one. */
async function pressUntil(press: () => Promise<void>, done: Locator): Promise<void> {
  const isDone = () =>
    done.waitFor({ state: 'attached', timeout: 1_000 }).then(
      () => true,
      () => false,
    )
  do await press()
  while (!(await isDone()))
}

/** Longer than what a key decides on has to have stood still. Unit: ms. */
const LOOKED_AT_MS = 350

/** Looks at what is open for a moment, as a person does, and presses a key that decides on it. */
export async function pressKey(page: Page, key: string): Promise<void> {
  await page.waitForTimeout(LOOKED_AT_MS)
  await page.keyboard.press(key)
}

/** Opens what the line is of. */
export const openLine = (line: Locator, press: 'click' | 'tap' = 'click'): Promise<void> =>
  pressUntil(() => line.locator('.row-main')[press](), line.locator('.row-main[aria-current]'))

/** Selects the line, of what waits or of an agent, beside others. */
export const selectLine = (line: Locator): Promise<void> =>
  pressUntil(() => line.getByRole('checkbox').click(), line.getByRole('checkbox', { checked: true }))

/** The wall's line of one agent. */
export const agentRow = (page: Page, id: string) => page.locator(`.agent-row[data-id="${id}"]`)

/** From the wall to the agent's own page. */
export const openAgent = (page: Page, id: string): Promise<void> =>
  pressUntil(() => agentRow(page, id).getByRole('link').click(), page.getByRole('heading', { name: id }))

/** In the page: whether what has the focus, or anything at all, is called that. */
function isCalled({ name, anywhere }: { readonly name: string; readonly anywhere: boolean }): boolean {
  const names = (element: Element | null) =>
    [
      (element as HTMLInputElement | null)?.labels?.[0]?.textContent,
      element?.textContent,
      element?.ariaLabel,
    ].map((text) => text?.trim())
  const all = anywhere
    ? [...document.querySelectorAll('a[href], button, input, textarea, select, summary, [tabindex]')]
    : [document.activeElement]
  return all.some((element) => names(element).includes(name))
}

/** Presses Tab until what has the focus is called that, once it is there: what the server is asked for first takes its time. */
export async function tabTo(page: Page, name: string): Promise<void> {
  await page.waitForFunction(isCalled, { name, anywhere: true })
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate(isCalled, { name, anywhere: false })) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never came to ${name}`)
}

/**
 * Keeps back what others do, on demand: what the server tells the page by itself, and the page's asking for what it missed.
 * Called before the page is opened.
 */
export async function holdNews(page: Page): Promise<{ hold(): void; release(): void }> {
  let held: (() => void)[] | undefined
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((message) => {
      const pass = () => server.send(message)
      if (held && /^42[^[]*\["sync"/.test(String(message))) held.push(pass)
      else pass()
    })
    server.onMessage((message) => {
      const pass = () => socket.send(message)
      if (held && /^42[^[]*\["feed"/.test(String(message))) held.push(pass)
      else pass()
    })
  })
  return {
    hold() {
      held ??= []
    },
    release() {
      for (const pass of held?.splice(0) ?? []) pass()
      held = undefined
    },
  }
}
