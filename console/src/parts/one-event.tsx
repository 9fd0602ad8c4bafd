import { eventItem } from '../model/event-words.ts'
import { clockTime } from '../model/time.ts'
import { linkTo } from '../state/route.ts'
import { useHistory } from '../state/use-history.ts'
import { JsonView } from './json-view.tsx'

/** One fact under its own address: all that the log holds of it. */
export function OneEvent({ seq }: { readonly seq: number }) {
  const { events, state } = useHistory({ before: seq + 1, limit: 1 })
  const event = events.find((one) => one.seq === seq)
  if (!event)
    return (
      <main class="history">
        <h1>Fact {seq}</h1>
        <p aria-busy={state === 'loading'}>
          {state === 'loading' ? 'Reading …' : 'There is no fact of this number that you may see.'}
        </p>
        <p>
          <a href={linkTo('history')}>All history</a>
        </p>
      </main>
    )
  const item = eventItem(event)
  return (
    <main class="history">
      <h1>{event.type}</h1>
      <p class="by">
        fact {event.seq} · {clockTime(event.at)}
        {event.agent === undefined ? null : (
          <>
            {' '}
            · <a href={linkTo('agents', event.agent)}>{event.agent}</a>
          </>
        )}
        {event.by === undefined ? null : <> · by {event.by}</>}
        {item === undefined ? null : (
          <>
            {' '}
            · <a href={linkTo(item.page, item.id)}>{item.words}, as it stands now</a>
          </>
        )}{' '}
        · <a href={linkTo('history')}>all history</a>
      </p>
      <section class="panel">
        <h2>What it says</h2>
        <JsonView value={event.data} />
      </section>
    </main>
  )
}
