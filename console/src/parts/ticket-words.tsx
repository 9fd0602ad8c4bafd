import type { TicketView } from '@holdpoint/shared'
import { duration } from '../model/time.ts'
import { itemOf, now } from '../state/live.ts'
import { Says } from './says.tsx'

/** What tells a ticket or a question from another of its agent: what it is about, how old it is, how grave, with whom, what it asks. */
export function TicketWords({ view }: { readonly view: TicketView }) {
  const { openedAt, risk, confidence, repeats, assignee, question } = view
  const [age] = duration(now.value - Date.parse(openedAt)).split(' ')
  // the server opens one for each: they are told apart by what they are about
  const about = view.approval === undefined ? undefined : itemOf(view.approval)
  const facts = [
    about?.kind === 'approval' && about.view.action,
    `${age} ago`,
    risk !== undefined && `risk ${risk.toFixed(2)}`,
    confidence !== undefined && `confidence ${confidence.toFixed(2)}`,
    repeats && `${repeats} more like it`,
    assignee && `with ${assignee}`,
  ]
  return (
    <>
      {facts.filter(Boolean).join(' · ')} {question === undefined ? null : <Says>{question}</Says>}
    </>
  )
}
