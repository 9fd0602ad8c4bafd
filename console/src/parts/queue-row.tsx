import type { Row } from '../model/arrange.ts'
import { denialsNeeded, stillNeeded } from '../model/decided.ts'
import type { Piece, Telling } from '../model/gist.ts'
import { type Item, titleOf, wordOf } from '../model/items.ts'
import { isGrave } from '../model/risk.ts'
import { digestMarks, gists } from '../state/gists.ts'
import { itemOf, now, outcomeOf } from '../state/live.ts'
import { look, toggle } from '../state/queue.ts'
import { session } from '../state/session.ts'
import { Countdown } from './countdown.tsx'
import { Level } from './level.tsx'
import { Onlookers } from './onlookers.tsx'
import { QuorumTag } from './quorum.tsx'
import { Says } from './says.tsx'
import { Text } from './text.tsx'
import { TicketWords } from './ticket-words.tsx'

interface Props {
  readonly row: Row
  readonly id: string
  readonly isCurrent: boolean
  readonly isSelected: boolean
}

/** One line of the queue: what, by whom, how grave, how long. */
export function QueueRow({ row: { item: listed, settled }, id, isCurrent, isSelected }: Props) {
  // it may have been signed, held or decided since it was put in order
  const item = settled ? (itemOf(listed.id) ?? listed) : listed
  // for somebody else, or until its agent goes on
  const waits =
    settled && item.kind === 'approval' && item.view.status === 'pending' && item.deadline > now.value
  const outcome = settled ? outcomeOf(item.id) : undefined
  const kind = [
    'row',
    isCurrent ? 'current' : '',
    settled && !waits ? 'settled' : '',
    isSelected ? 'selected' : '',
  ].join(' ')
  return (
    <div class={kind} data-id={item.id}>
      <input
        type="checkbox"
        checked={isSelected}
        disabled={settled}
        aria-label={`Select ${titleOf(item)}`}
        tabIndex={-1}
        onChange={() => toggle(item.id)}
      />
      <button
        id={id}
        type="button"
        class="row-main"
        aria-current={isCurrent ? 'true' : undefined}
        onClick={() => look(item.id)}
      >
        <span class="row-title">
          {item.kind === 'approval' && isGrave(item.view) ? (
            <span class="grave" title="grave: takes more than one press">
              !
            </span>
          ) : null}
          <span class="row-name">{titleOf(item)}</span>
          {item.kind === 'approval' ? (
            <>
              <Level level={item.view.level} />
              <QuorumTag view={item.view} />
            </>
          ) : (
            <span class={`priority p${item.view.priority}`}>P{item.view.priority}</span>
          )}
          {settled ? null : <Amount id={item.id} />}
          {settled ? null : <Onlookers id={item.id} />}
        </span>
        <span class="row-sub">
          <span class="row-agent">{item.view.agent}</span>
          {settled ? null : <WouldRun id={item.id} />}
          <span class="row-words">
            {outcome ? (
              <>
                {outcome.what}
                {outcome.by ? ` by ${outcome.by}` : ''}
              </>
            ) : settled ? (
              <Left item={item} />
            ) : (
              <Words item={item} />
            )}
          </span>
        </span>
      </button>
      {settled && !waits ? <span class="countdown over">done</span> : <Countdown deadline={item.deadline} />}
    </div>
  )
}

function Words({ item }: { readonly item: Row['item'] }) {
  if (item.kind === 'ticket') return <TicketWords view={item.view} />
  return item.view.summary === undefined ? null : <Says>{item.view.summary}</Says>
}

/** What would run: one or two of its arguments, and how many values there are beside them. */
function WouldRun({ id }: { readonly id: string }) {
  const { tellings, more } = gists.value.get(id) ?? { tellings: [], more: 0 }
  const mark = digestMarks.value.get(id)
  return (
    <>
      {tellings.map((one) => (
        <Argument key={one.path} {...one} />
      ))}
      {more > 0 ? (
        <span class="row-more" title={`${more} more of its arguments are on the card`}>
          +{more}
          <span class="visually-hidden"> more</span>
        </span>
      ) : null}
      {mark === undefined ? null : (
        <span
          class="row-mark"
          title="Another line reads the same and would run something else: this is how the digest of this one begins"
        >
          <span class="visually-hidden">not the same as another line like it, digest </span>#{mark}
        </span>
      )}
    </>
  )
}

/** How much it would be of: beside the action, where a long name of whom it goes to takes no room from it. */
function Amount({ id }: { readonly id: string }) {
  const amount = gists.value.get(id)?.amount
  return amount ? (
    <span class="row-amount">
      <Argument {...amount} />
    </span>
  ) : null
}

const Argument = ({ where, value }: Telling) => (
  <span class="row-arg">
    {where ? (
      <span class="muted">
        <Clipped {...where} />:{' '}
      </span>
    ) : null}
    <Clipped {...value} />
  </span>
)

/** What is left out is said outside of the quotes, so that what stands in them can't pose as such. */
function Clipped({ text, isQuoted, cut }: Piece) {
  const quote = isQuoted ? '"' : ''
  return (
    <>
      {cut.before ? <CutOff /> : null}
      {quote}
      <Text>{text}</Text>
      {quote}
      {cut.after ? <CutOff /> : null}
    </>
  )
}

const CutOff = () => (
  <span class="muted" title="more of it is on the card">
    […]
  </span>
)

/** Why a line waits for this person no longer, though nobody has decided it. */
function Left({ item }: { readonly item: Item }) {
  const me = session.value?.person.id ?? ''
  if (item.kind !== 'approval' || item.view.status !== 'pending') return <>no longer waiting</>
  const { view } = item
  if (item.deadline <= now.value) return <>out of time</>
  switch (wordOf(me, view)) {
    case 'signed':
      return <>signed by you; it waits for {stillNeeded(view)} more</>
    case 'denied':
      return <>denied by you; it takes {denialsNeeded(view)} more</>
    default:
      return <>{view.held ? 'held while its agent is paused' : 'waits for somebody else'}</>
  }
}
