import { type ApprovalView, SECOND, type TicketView } from '@holdpoint/shared'
import { effect } from '@preact/signals'
import { approvalItem, type Item, ticketItem, waitsFor } from '../model/items.ts'
import { isGrave } from '../model/risk.ts'
import { connection, mine, now, onEvent, policy } from './live.ts'
import { look, tidy } from './queue.ts'
import { go } from './route.ts'
import { session } from './session.ts'
import { settings } from './settings.ts'

/** Title, icon, sound and notification say that something waits, each as far as the person chose. */
export function followAlerts(): void {
  effect(() => {
    const count = session.value ? mine.value.length : 0
    const isStale = session.value !== undefined && connection.value.status === 'stale'
    document.title = `${isStale ? '⚠ ' : ''}${count > 0 ? `(${count}) ` : ''}Holdpoint`
    showBadge(count, isStale)
  })
  for (const gesture of ['pointerdown', 'keydown'])
    addEventListener(gesture, () => settings.peek().sound && wakeAudio(), { capture: true, passive: true })
  effect(() => {
    if (settings.value.sound && navigator.userActivation?.hasBeenActive) wakeAudio()
  })
  onEvent(({ type, data }) => {
    const { approval, ticket } = data as { approval?: ApprovalView; ticket?: TicketView }
    if (type === 'approval.requested' && approval && isMine(approvalItem(approval)))
      alert(approval.id, `${approval.action} by ${approval.agent}`, isGrave(approval))
    if ((type === 'ticket.opened' || type === 'question.opened') && ticket && isMine(ticketItem(ticket)))
      alert(ticket.id, `${ticket.kind} of ${ticket.agent}`, ticket.priority <= 1)
  })
}

function isMine(item: Item): boolean {
  const { person } = session.peek() ?? {}
  return person !== undefined && waitsFor(person, item, policy.peek(), now.peek())
}

function alert(id: string, words: string, isUrgent: boolean): void {
  const { sound, notify } = settings.peek()
  if (sound) play(isUrgent)
  if (!notify || document.visibilityState === 'visible' || Notification.permission !== 'granted') return
  // Names of actions and agents only: what an agent says of itself has no place on a lock screen.
  const notification = new Notification(isUrgent ? 'Holdpoint: urgent' : 'Holdpoint', {
    body: words,
    tag: id,
  })
  notification.onclick = () => {
    focus()
    tidy()
    look(id)
    go('queue', id)
  }
}

/** Browsers let a page sound only once somebody has pressed something in it, and put it to sleep again as they like. */
let audio: AudioContext | undefined

function wakeAudio(): void {
  audio ??= new AudioContext()
  if (audio.state !== 'running') void audio.resume().catch(() => {})
}

let played = { at: Number.NEGATIVE_INFINITY, isUrgent: false }

/** Two notes up, or three down where it is urgent; one a second, however many come, but for the first urgent one. */
function play(isUrgent: boolean): void {
  // scheduled on one that sleeps it would sound when it wakes, for what is long settled
  if (audio?.state !== 'running') return
  const context = audio
  const at = performance.now()
  if (at - played.at < SECOND && (played.isUrgent || !isUrgent)) return
  played = { at, isUrgent }
  const notes = isUrgent ? [880, 660, 440] : [523, 659]
  notes.forEach((hertz, index) => {
    note(context, hertz, context.currentTime + index * 0.14)
  })
}

function note(context: AudioContext, hertz: number, at: number): void {
  const [tone, volume] = [context.createOscillator(), context.createGain()]
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(0.0001, at)
  volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02)
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.13)
  tone.connect(volume).connect(context.destination)
  tone.start(at)
  tone.stop(at + 0.14)
}

let shownBadge = ''

function showBadge(count: number, isStale: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const text = isStale ? '!' : count === 0 ? '' : count > 99 ? '99' : String(count)
  if (!link || text === shownBadge) return
  shownBadge = text
  link.href = text === '' ? '/icon.svg' : drawn(text)
}

function drawn(text: string): string {
  const canvas = document.createElement('canvas')
  canvas.width = 32
  canvas.height = 32
  const pen = canvas.getContext('2d')
  if (!pen) return '/icon.svg'
  pen.fillStyle = '#2b4acb'
  pen.beginPath()
  pen.roundRect(0, 0, 32, 32, 8)
  pen.fill()
  pen.fillStyle = '#ffffff'
  pen.font = `700 ${text.length > 1 ? 18 : 22}px sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(text, 16, 17)
  return canvas.toDataURL('image/png')
}
