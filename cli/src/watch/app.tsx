import { OutcomeUnknownError, Unsettled } from '@holdpoint/client/operator'
import type { ApprovalDetail } from '@holdpoint/shared'
import { Box, useApp, useStdout } from 'ink'
import { useEffect, useRef, useState } from 'react'
import { visible } from '../output/visible.ts'
import {
  acknowledgeIntent,
  answerIntent,
  approveIntent,
  type Desk,
  denyIntent,
  type Intent,
  needsDetails,
  notDeniedIntent,
  pauseIntent,
  respondIntent,
  resumeIntent,
  stopIntent,
} from './actions.ts'
import { AgentTable } from './agent-table.tsx'
import type { ConsoleClient } from './console-client.ts'
import { Details } from './details.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { fitsLine, ITEM_HEIGHT, ItemList } from './item-list.tsx'
import type { Item } from './items.ts'
import { PromptLine } from './prompt-line.tsx'
import { windowOf } from './rows.ts'
import { ColorContext, Tone } from './tone.tsx'
import { useArguments, useConsole } from './use-console.ts'
import { type Pressed, useKeys } from './use-keys.ts'
import { useOpened } from './use-opened.ts'
import { usePrompt } from './use-prompt.ts'
import { useRows } from './use-rows.ts'
import { useStillness } from './use-stillness.ts'

interface Props {
  readonly client: ConsoleClient
  readonly url: string
  readonly color: boolean
  /** When keys come and things change. Unit: ms, monotonic. */
  readonly clock?: () => number
}

type Mode = 'lists' | 'details' | 'help'

/** Lines that are always there: header, two headings, message, keys, and one that ink needs below. */
const FIXED_LINES = 6
const MOST_AGENTS = 6
/** Below this, what has to be seen does not fit. */
const LEAST_COLUMNS = 60
const LEAST_ROWS = 12

const NOT_CONNECTED = 'Not connected: what you see may be old, so nothing can be decided now.'
const TOO_SOON = 'The screen changed as that key came, so it was not taken: look, then press it again.'
const STILL_ASKING = 'No answer yet: whether it was done is not known. Asking again …'
const NOT_KNOWN = 'No answer came; order the same again to find out. It is not done twice.'

/** The terminal console. */
export function App({ client, url, color, clock = () => performance.now() }: Props) {
  const { exit } = useApp()
  const { rows: height, columns } = useSize()
  const data = useConsole(client)
  const list = useRows(data.items, data.outcomes)
  const [mode, setMode] = useState<Mode>('lists')
  const [focus, setFocus] = useState<'items' | 'agents'>('items')
  const [agentCursor, setAgentCursor] = useState<string>()
  const [message, setMessage] = useState('')
  // In refs, as the next key may come before they are drawn.
  const busy = useRef(false)
  const leaving = useRef(false)
  const offsets = useRef({ items: 0, agents: 0 })
  const unsettled = useRef(new Unsettled())

  const live = data.connection.status === 'live'
  const agent = data.agents.find(({ id }) => id === agentCursor) ?? data.agents[0]
  const agentHeight = Math.max(1, Math.min(MOST_AGENTS, data.agents.length))
  const orderLines = data.orders > 0 ? 1 : 0
  const itemHeight = Math.max(1, Math.floor((height - FIXED_LINES - agentHeight - orderLines) / ITEM_HEIGHT))
  offsets.current.items = windowOf(offsets.current.items, list.at, itemHeight, list.rows.length)
  const agentAt = agent ? data.agents.indexOf(agent) : -1
  offsets.current.agents = windowOf(offsets.current.agents, agentAt, agentHeight, data.agents.length)

  const visibleItems = list.rows
    .slice(offsets.current.items, offsets.current.items + itemHeight)
    .map(({ item }) => item)
  const argumentsOf = useArguments(client, visibleItems)
  const opened = useOpened(client, columns, Math.max(3, height - FIXED_LINES))

  const perform = async (run: () => Promise<string>) => {
    busy.current = true
    setMessage('Waiting for the control plane …')
    try {
      setMessage(`✓ ${await run()}`)
      setMode('lists')
    } catch (error) {
      setMessage(`✗ ${reasonOf(error)}`)
    } finally {
      busy.current = false
    }
  }

  const desk: Desk = {
    client,
    settle: (order, run) => unsettled.current.settle(order, run, () => setMessage(STILL_ASKING)),
  }

  const asking = usePrompt((run) => void perform(run))

  const selected = list.selected
  const inDetails = mode === 'details'
  const item = inDetails ? opened.item : selected?.item
  const settled = item && list.settledOf(item.id)
  const targetAgent = focus === 'agents' && !inDetails ? agent?.id : item?.view.agent

  /** What the list shows of it to the last character, where it may be released from there. */
  const listed = (one: Item): ApprovalDetail | undefined => {
    const detail = argumentsOf(one)
    return detail && !needsDetails(detail) && fitsLine(one, detail, columns) ? detail : undefined
  }

  /** Decisions in the details are about what is displayed there, which may be older than what stands now. */
  const decide = (key: string): Intent | undefined => {
    if (item === undefined || (focus === 'agents' && !inDetails)) return undefined
    if (settled !== undefined) return { kind: 'no', why: `It was settled: ${settled}.` }
    if (item.kind === 'ticket') {
      if (key === 'a') return acknowledgeIntent(desk, item.view)
      return key === 'r' ? answerIntent(desk, item.view) : notDeniedIntent(item.view)
    }
    const displayed = inDetails ? (opened.detail ?? item.view) : item.view
    if (key === 'a') return approveIntent(desk, displayed, inDetails ? opened.shownWhole : listed(item))
    return key === 'd' ? denyIntent(desk, displayed) : respondIntent(desk, displayed)
  }

  const open = () => {
    if (!selected || selected.settled !== undefined || focus === 'agents') return
    setMessage('')
    opened.open(selected.item)
    setMode('details')
  }

  const back = () => {
    setMode('lists')
    setMessage('')
  }

  const move = (step: 1 | -1) => {
    setMessage('')
    if (focus === 'items') return list.move(step)
    const next = data.agents[Math.min(data.agents.length - 1, Math.max(0, agentAt + step))]
    setAgentCursor(next?.id)
  }

  const intentOf = (key: string): Intent | undefined => {
    if ('adr'.includes(key)) return decide(key)
    if (targetAgent === undefined) return undefined
    if (key === 'p') return pauseIntent(desk, targetAgent)
    return key === 's' ? stopIntent(desk, targetAgent) : resumeIntent(desk, targetAgent)
  }

  const stillness = useStillness(
    JSON.stringify([mode, focus, targetAgent, item?.id, revisionOf(item), asking.prompt?.question]),
    clock,
  )

  /** A key that decides or intervenes. */
  const command = (key: string, at: number) => {
    if (busy.current || !stillness.allows(at)) {
      stillness.disturb()
      if (!busy.current) setMessage(TOO_SOON)
      return
    }
    const intent = intentOf(key)
    if (intent === undefined) return
    if (!live) return setMessage(NOT_CONNECTED)
    if (intent.kind === 'no') return setMessage(intent.why)
    setMessage('')
    if (intent.kind === 'act') void perform(intent.run)
    else asking.ask(intent.prompt)
  }

  const quit = () => {
    leaving.current = true
    exit()
  }

  const press = ({ name, text, at }: Pressed) => {
    if (leaving.current) return
    if (name === 'interrupt') return quit()
    // What cannot be drawn can not be decided on.
    if (columns < LEAST_COLUMNS || height < LEAST_ROWS) return text === 'q' ? quit() : undefined
    if (asking.take({ name, text })) return
    if (name === 'paste' || name === 'other') {
      stillness.disturb()
      return setMessage(name === 'paste' ? 'What was pasted was not taken for keys.' : '')
    }
    if (text === 'q') return quit()
    if (mode === 'help') return back()
    if (text === '?') return setMode('help')
    if (name === 'escape') return back()
    const down = name === 'down' || text === 'j'
    const up = name === 'up' || text === 'k'
    if (inDetails) {
      if (text === ' ' || name === 'page-down') return opened.turn(1)
      if (text === 'b' || name === 'page-up') return opened.turn(-1)
      if (down || up) return opened.scroll(down ? 1 : -1)
    } else {
      if (down || up) return move(down ? 1 : -1)
      if (name === 'tab') return setFocus(focus === 'items' ? 'agents' : 'items')
      if (name === 'enter') return open()
      if (text === 'o') return list.sort()
    }
    if (/^[adrpsu]$/.test(text)) command(text, at)
  }
  useKeys(press, clock)

  // A prompt that was open when the connection went must not send once it is back: what stands may be another thing.
  const { cancel } = asking
  // biome-ignore lint/correctness/useExhaustiveDependencies: `cancel` is new on each draw and does the same
  useEffect(() => {
    if (!live) cancel()
    else setMessage((shown) => (shown === NOT_CONNECTED ? '' : shown))
  }, [live])

  if (columns < LEAST_COLUMNS || height < LEAST_ROWS)
    return (
      <ColorContext value={color}>
        <Tone color="yellow">{`Make this terminal larger: ${LEAST_COLUMNS}×${LEAST_ROWS} at least.`}</Tone>
        <Tone dimColor>q quit</Tone>
      </ColorContext>
    )

  return (
    <ColorContext value={color}>
      <Box flexDirection="column" width={columns} height={height - 1}>
        <Header url={url} connection={data.connection} now={data.now} />
        <Box flexDirection="column" flexGrow={1}>
          {mode === 'help' ? <Help /> : null}
          {inDetails ? <Details {...opened.page} title={opened.title} settled={settled} /> : null}
          {mode === 'lists' ? (
            <>
              <Box flexGrow={1}>
                <ItemList
                  rows={list.rows}
                  offset={offsets.current.items}
                  height={itemHeight}
                  cursor={list.cursor}
                  focused={focus === 'items'}
                  now={data.now}
                  argumentsOf={argumentsOf}
                />
              </Box>
              <AgentTable
                agents={data.agents}
                offset={offsets.current.agents}
                height={agentHeight}
                cursor={agent?.id}
                focused={focus === 'agents'}
                orders={data.orders}
                columns={columns}
              />
            </>
          ) : null}
        </Box>
        {asking.prompt ? (
          <PromptLine question={asking.prompt.question} text={asking.text} columns={columns} />
        ) : (
          <Tone color={message.startsWith('✗') ? 'red' : message.startsWith('✓') ? 'green' : 'yellow'}>
            {message || ' '}
          </Tone>
        )}
        {asking.problem === undefined ? (
          <Tone dimColor>{keysLine(asking.prompt !== undefined, mode, live)}</Tone>
        ) : (
          <Tone color="red">{`✗ ${asking.problem}`}</Tone>
        )}
      </Box>
    </ColorContext>
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof OutcomeUnknownError) return NOT_KNOWN
  return visible(error instanceof Error ? error.message : String(error))
}

const revisionOf = (item: Item | undefined): string =>
  item?.kind === 'approval' ? `${item.view.revision} ${item.view.digest}` : ''

function keysLine(prompting: boolean, mode: Mode, live: boolean): string {
  if (prompting) return 'enter sends  esc back'
  if (mode === 'help') return 'any key back'
  const decisions = live ? 'a approve  d deny  r respond  ' : ''
  if (mode === 'details') return `${decisions}space more  b back up  esc back  q quit`
  const interventions = live ? 'p pause  s stop  u resume  ' : ''
  return `↵ open  ${decisions}${interventions}? help  q quit`
}

const FALLBACK = { rows: 24, columns: 80 }

function useSize(): { rows: number; columns: number } {
  const { stdout } = useStdout()
  const read = () => ({
    rows: stdout.rows || FALLBACK.rows,
    columns: stdout.columns || FALLBACK.columns,
  })
  const [size, setSize] = useState(read)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` closes over stdout alone
  useEffect(() => {
    const resized = () => setSize(read())
    stdout.on('resize', resized)
    return () => void stdout.off('resize', resized)
  }, [stdout])
  return size
}
