import type { TicketView } from '@holdpoint/shared'
import { ticketOutcome } from '../model/outcomes.ts'
import { go } from '../state/route.ts'
import { Countdown } from './countdown.tsx'
import { Onlookers } from './onlookers.tsx'
import { Says } from './says.tsx'
import { TicketWords } from './ticket-words.tsx'
import { rowId } from './virtual-list.tsx'

/** One line of the tickets: what, of whom, how urgent, with whom. */
export function TicketRow({ view, isCurrent }: { readonly view: TicketView; readonly isCurrent: boolean }) {
  const outcome = ticketOutcome(view)
  return (
    <div class={isCurrent ? 'row current' : 'row'}>
      <button
        id={rowId(view.id)}
        type="button"
        class="row-main"
        aria-current={isCurrent ? 'true' : undefined}
        onClick={() => go('tickets', view.id)}
      >
        <span class="row-title">
          <span class="row-name">
            {view.kind === 'question' ? 'question' : view.reason.replaceAll('_', ' ')}
          </span>
          <span class={`priority p${view.priority}`}>P{view.priority}</span>
          <Onlookers id={view.id} />
        </span>
        <span class="row-sub">
          <span class="row-agent">{view.agent}</span>
          <span class="row-words">
            {outcome ? (
              <>
                {outcome.what}
                {outcome.by ? ` by ${outcome.by}` : ''}{' '}
                {view.question === undefined ? null : <Says>{view.question}</Says>}
              </>
            ) : (
              <TicketWords view={view} />
            )}
          </span>
        </span>
      </button>
      {outcome ? null : <Countdown deadline={Date.parse(view.expiresAt)} />}
    </div>
  )
}
