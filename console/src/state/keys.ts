import { type Form, form, isDeciding, whyNot, whyNotDeny } from './decide.ts'
import { asItStands, detailOf } from './details.ts'
import { stir } from './hands.ts'
import { replica } from './live.ts'
import { beginApprove } from './needs-form.ts'
import { tell } from './notices.ts'
import { ofPerson } from './of-person.ts'
import { cursor, look, move, QUEUE_ROW_HEIGHT, rows, tidy, toggle } from './queue.ts'
import { go, route } from './route.ts'
import { session } from './session.ts'
import { settings } from './settings.ts'
import { disturb, followStillness, isStill } from './stillness.ts'

/** What is laid over the page. */
export type Overlay = 'help' | 'palette' | 'stop-all' | 'settings'
export const overlay = ofPerson<Overlay | undefined>(undefined)

/** Closes that one. The browser tells of a dialog's end later: another one may be open by then. */
export function closeOverlay(which: Overlay): void {
  if (overlay.peek() === which) overlay.value = undefined
}

/** The keys and what they do, for the handler and for the help. */
export const keyHelp = [
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'open, and read on'],
  ['a', 'approve'],
  ['d', 'deny, with a reason'],
  ['e', 'edit the arguments'],
  ['r', 'respond instead'],
  ['1 – 9', 'answer a question with that choice'],
  ['x', 'select'],
  ['.', 'put the queue in order'],
  ['/', 'filter'],
  ['g', 'then q, a, t, h, i: go to a page'],
  ['?', 'this help'],
  ['Ctrl K', 'go anywhere'],
  ['Esc', 'close, back'],
] as const

const PAGES: Readonly<Record<string, string>> = {
  q: 'queue',
  a: 'agents',
  t: 'tickets',
  h: 'history',
  i: 'insight',
}
const CHORD_MS = 1_500
let chordUntil = 0

export function followKeys(): void {
  followStillness()
  // what was laid over a page is of that page
  addEventListener('hashchange', () => {
    overlay.value = undefined
  })
  addEventListener('keydown', (event) => {
    if (!session.peek()) return
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      overlay.value = overlay.peek() === 'palette' ? undefined : 'palette'
      return
    }
    if (event.key === 'Escape' && overlay.peek() === undefined) {
      goBack()
      return
    }
    // a held key must not decide twice, and a letter that is typed is a letter
    if (event.repeat && !['j', 'k'].includes(event.key)) return
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || overlay.peek() !== undefined)
      return
    if (!settings.peek().keys) return
    if (press(event.key)) event.preventDefault()
  })
}

const isField = (element: unknown): element is HTMLElement =>
  element instanceof HTMLElement && element.matches('input, textarea, select')

/** WCAG 2.1.4: letters act only where nobody is writing. */
const isTyping = ({ target }: Event): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || (isField(target) && !target.matches('[type="checkbox"]')))

function goBack(): void {
  if (form.peek() !== undefined) form.value = undefined
  else if (isField(document.activeElement)) document.activeElement.blur()
  else if (route.peek().page === 'queue') look(undefined)
}

function press(key: string): boolean {
  if (performance.now() < chordUntil && key in PAGES) {
    chordUntil = 0
    go(PAGES[key] ?? 'queue')
    return true
  }
  if (key === 'g') {
    chordUntil = performance.now() + CHORD_MS
    return true
  }
  if (key === '?') {
    overlay.value = 'help'
    return true
  }
  if (key === '/') {
    const input = document.getElementById('filter')
    input?.focus()
    return input !== null
  }
  const { page, id } = route.peek()
  if (/^[1-9]$/.test(key)) return choose(key, page === 'queue' ? cursor.peek() : id)
  const isTaken = page === 'queue' ? pressInQueue(key) : page === 'tickets' && pressInTickets(key, id)
  if (isTaken) stir()
  else if (key.length === 1) disturb()
  return isTaken
}

/** Answers that question with the choice of this number, once the choice and its question's line are on the screen. */
function choose(key: string, id: string | undefined): boolean {
  const form = document.querySelector<HTMLElement>('.answer')
  const choice = form?.querySelector<HTMLButtonElement>(`.choice[aria-keyshortcuts="${key}"]`)
  // what is drawn may still be the one before
  if (!choice || id === undefined || form?.dataset.id !== id) return false
  const why = (route.peek().page === 'queue' ? outOfSight(id) : undefined) ?? cutOff(choice) ?? unsteady()
  if (why !== undefined) tell('neutral', why)
  else if (choice.disabled) tell('neutral', 'Not connected, or on its way.')
  else choice.click()
  return true
}

const PRESS_AGAIN = 'It was off screen: look at it, then press the key again.'

/** Brings a choice of many into sight; why it can't be meant yet where it was out of it. */
function cutOff(choice: HTMLElement): string | undefined {
  const { top, bottom } = choice.getBoundingClientRect()
  const box = choice.closest('.decide')?.getBoundingClientRect()
  if (!box || (top >= box.top && bottom <= box.bottom)) return undefined
  choice.scrollIntoView({ block: 'nearest' })
  return PRESS_AGAIN
}

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }

function pressInTickets(key: string, id: string | undefined): boolean {
  const step = STEPS[key]
  if (step !== undefined) stepInTickets(step)
  return step !== undefined || (key === 'r' && write(id))
}

/** Goes where that ticket is answered or resolved in words; from its line it would be many tabs away. */
function write(id: string | undefined): boolean {
  const form = document.querySelector<HTMLElement>('.answer')
  if (!form || id === undefined || form.dataset.id !== id) return false
  const why = unsteady()
  if (why) tell('neutral', why)
  else form.querySelector<HTMLElement>('textarea, input, select, button')?.focus()
  return true
}

/** Opens the next line of the tickets, or the one before: those beside an open one are always drawn. */
function stepInTickets(step: number): void {
  const lines = [...document.querySelectorAll<HTMLElement>('.queue-list .row-main')]
  const at = lines.findIndex((line) => line.matches('[aria-current]'))
  lines[at < 0 ? 0 : at + step]?.click()
}

function pressInQueue(key: string): boolean {
  switch (key) {
    case 'j':
    case 'ArrowDown':
      move(1)
      return true
    case 'k':
    case 'ArrowUp':
      move(-1)
      return true
    case '.':
      tidy()
      return true
    case 'Enter':
      return readOn()
    case 'x':
      if (cursor.peek() !== undefined) toggle(cursor.peek() as string)
      return true
    case 'a':
    case 'd':
    case 'e':
    case 'r':
      // What is typed while a form is on its way to the focus is meant for it, and must not open another.
      if (form.peek() === undefined) onItem(key)
      return true
    default:
      return false
  }
}

const FORMS: Readonly<Record<string, Form>> = { a: 'approve', d: 'deny', e: 'edit', r: 'respond' }

/** The keys act on the item under the cursor and on no other; one that is off screen is brought back first. */
function onItem(key: string): void {
  const id = cursor.peek()
  const { client } = session.peek() ?? {}
  const view = id === undefined ? undefined : replica()?.approvals.get(id)
  if (id === undefined) tell('neutral', 'Nothing is open: press j for the next one.')
  if (id === undefined || !client) return
  if (!view) {
    if (!(key === 'r' && write(id)) && replica()?.tickets.has(id)) tell('neutral', 'Press r to write.')
    return
  }
  const unseen = outOfSight(id) ?? unsteady()
  if (unseen !== undefined) {
    tell('neutral', unseen)
    return
  }
  if (isDeciding(id)) {
    tell('neutral', 'It is on its way.')
    return
  }
  const loaded = detailOf(client, id, view.revision)
  if (loaded.state !== 'here') return
  const isRelease = key === 'a' || key === 'e'
  const why = whyNot(view, { release: isRelease }) ?? (isRelease ? undefined : whyNotDeny(view))
  if (why !== undefined) {
    tell('neutral', why)
    return
  }
  if (key === 'a') beginApprove(asItStands(loaded.detail, view))
  else form.value = FORMS[key]
}

/** A key that comes as the card changes, or among letters that are none, was meant for something else. */
function unsteady(): string | undefined {
  if (isStill()) return undefined
  disturb()
  return 'That came as what you see changed: look at it, then press the key again.'
}

/** Why no key acts on the item under the cursor yet, as a sentence; its line is brought back where it was off screen. */
function outOfSight(id: string): string | undefined {
  // Looked at by its address, and left out by a filter: nothing of it is on the screen.
  if (!rows.peek().some(({ item }) => item.id === id))
    return 'It is not among those that are shown: change the filter, and look at it.'
  return bringBack(id) ? PRESS_AGAIN : undefined
}

/** Scrolls the item's line into sight; true where it was out of it. */
function bringBack(id: string): boolean {
  const box = document.querySelector('.queue-list .virtual')
  // on a phone the list is not there while a card is
  if (!box || box.clientHeight === 0) return false
  const top = rows.peek().findIndex(({ item }) => item.id === id) * QUEUE_ROW_HEIGHT
  if (top + QUEUE_ROW_HEIGHT > box.scrollTop && top < box.scrollTop + box.clientHeight) return false
  box.scrollTop = top - box.clientHeight / 2
  return true
}

/** Scrolls the card by most of its height, so that all of it can be seen without a mouse. */
function readOn(): boolean {
  const focused = document.activeElement
  // Enter is for what has the focus: a link, a button, the line of another item.
  if (focused?.matches('a[href], button:not(.row-main[aria-current]), summary')) return false
  if (cursor.peek() === undefined) move(1)
  else {
    const body = document.querySelector('.card-body')
    body?.scrollBy({ top: body.clientHeight * 0.8 })
  }
  return true
}
