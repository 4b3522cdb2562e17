"""What goes over REST and the WebSocket; scripts/write_models.py writes it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from lucid_client._typing import NotRequired, TypeAlias

class Usage(TypedDict):
    inputTokens: float
    outputTokens: float
    cachedTokens: float
    cacheWriteTokens: float
    steps: float
    durationMs: float
    costUsd: NotRequired[float]


class InputError(TypedDict):
    path: str
    message: str


class ChatMessage(TypedDict):
    id: str
    role: Literal['user', 'assistant', 'system']
    content: str
    eventType: str | None
    metadataJson: str | None
    createdAt: str
    sequence: int


class WaitingForItem(TypedDict):
    kind: Literal['question', 'approval', 'plan']
    toolCallId: str
    text: str
    options: NotRequired[list[str]]
    tool: NotRequired[str]
    input: NotRequired[dict[str, Any]]
    allows: NotRequired[list[str]]
    until: str


class Share(TypedDict):
    id: str
    createdAt: str
    expiresAt: str
    workspace: bool
    lastUsedAt: str | None


class LastTurn(TypedDict):
    reason: Literal['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed', 'budget']
    message: str | None


class LastEvent(TypedDict):
    epoch: int
    sequence: int
    eventType: str | None
    createdAt: str


class TreeNode1(TypedDict):
    name: str
    type: Literal['file']
    path: str


class FileContent(TypedDict):
    content: str
    encoding: NotRequired[Literal['base64']]
    size: NotRequired[int]


class Change(TypedDict):
    path: str
    kind: Literal['added', 'modified', 'deleted', 'renamed']
    oldPath: NotRequired[str]
    added: int
    removed: int
    binary: NotRequired[Literal[True]]


class Changes(TypedDict):
    base: str | None
    changes: list[Change]
    truncated: NotRequired[Literal[True]]


class FileDiff(TypedDict):
    path: str
    kind: Literal['added', 'modified', 'deleted', 'renamed']
    oldPath: NotRequired[str]
    added: int
    removed: int
    binary: NotRequired[Literal[True]]
    diff: str
    truncated: NotRequired[Literal[True]]


class Usage1(TypedDict):
    """
    Of all turns that have ended
    """

    turns: int
    inputTokens: int
    outputTokens: int
    cachedTokens: int
    cacheWriteTokens: int
    steps: int
    durationMs: float
    costUsd: NotRequired[float]


class Usage2(TypedDict):
    """
    Of all turns that have ended, in chats that are still there
    """

    turns: int
    inputTokens: int
    outputTokens: int
    cachedTokens: int
    cacheWriteTokens: int
    steps: int
    durationMs: float
    costUsd: NotRequired[float]


class AdminUser(TypedDict):
    userId: str
    name: str | None
    sessions: int
    liveSessions: int
    lastActivityAt: str
    usage: Usage2


class Host(TypedDict):
    host: int
    isAway: bool
    sessions: int
    working: int
    mailboxCommands: int
    uncommittedWrites: int


class Thread(TypedDict):
    thread: str
    delayP50Ms: float
    delayP99Ms: float


class Sandboxes(TypedDict):
    kind: str
    isDockerAvailable: bool
    held: int
    waiting: int
    warm: int
    problem: str | None


class Storage(TypedDict):
    isAvailable: bool
    problem: str | None
    waitingWrites: int


class Run(TypedDict):
    runId: str
    isThis: bool
    isOver: bool
    beatAt: str | None
    liveSessions: int


class AdminEngine(TypedDict):
    version: str
    node: str
    mode: Literal['full', 'local', 'mock']
    model: str
    runId: str
    startedAt: str
    isDraining: bool
    isReady: bool
    problem: str | None
    sessions: int
    sockets: int
    hosts: list[Host]
    threads: list[Thread]
    sandboxes: Sandboxes
    storage: Storage
    runs: list[Run] | None


class Total(TypedDict):
    """
    Of all living engines together
    """

    engines: int
    liveSessions: int
    sessions: int
    working: int
    sockets: int
    hosts: int
    fullHosts: int
    sandboxes: int
    versions: list[str]


class Load(TypedDict):
    """
    As its last beat said; null before that
    """

    sessions: int
    working: int
    sockets: int
    hosts: int
    fullHosts: int
    sandboxes: int


class EngineOfAll(TypedDict):
    runId: str
    isThis: bool
    node: str | None
    version: str | None
    wire: int | None
    state: Literal['open', 'draining', 'isolated', 'ended', 'died', 'remainder']
    beatAt: str | None
    isSilent: bool
    labels: dict[str, str]
    liveSessions: int
    load: Load | None


class DayCosts(TypedDict):
    day: str
    userId: str | None
    turns: int
    inputTokens: int
    outputTokens: int
    cachedTokens: int
    cacheWriteTokens: int
    steps: int
    durationMs: float
    costUsd: NotRequired[float]


class MetricSample(TypedDict):
    name: str
    labels: dict[str, str]
    value: float


class ReadStatusAnswer(TypedDict):
    service: Literal['Lucid AI Engine']
    version: str
    status: Literal['healthy']
    openhands_available: bool
    docker_available: bool
    active_sandboxes: int
    active_sessions: int
    llm_model: str
    mode: Literal['full', 'local', 'mock']
    sandbox: str
    node: str | None
    cluster: Literal['alone', 'connected', 'cut', 'isolated']


class CheckHealthAnswer(TypedDict):
    status: Literal['ok']


class CheckReadinessAnswer(TypedDict):
    status: Literal['ready']


class Info(TypedDict):
    title: str
    version: str


class ReadOpenApiAnswer(TypedDict):
    openapi: str
    info: Info


class ReadAsyncApiAnswer(TypedDict):
    asyncapi: str
    info: Info


class Long(TypedDict):
    """
    What all of a request costs whose input has more tokens
    """

    aboveTokens: int
    input: float
    output: float
    cached: float
    cacheWrite: float


class Prices(TypedDict):
    """
    US dollars for a million tokens; null where they aren’t known
    """

    input: float
    output: float
    cached: float
    cacheWrite: float
    long: NotRequired[Long]


class Abilities(TypedDict):
    tools: bool
    sees: bool
    thinks: bool
    efforts: list[Literal['low', 'medium', 'high', 'max']]


class Model1(TypedDict):
    model: str
    provider: str
    isDefault: bool
    needsKey: bool
    contextTokens: int
    prices: Prices | None
    abilities: Abilities


class Limits(TypedDict):
    maxIterations: int
    timeoutSeconds: float


class ListModelsAnswer(TypedDict):
    models: list[Model1]
    takesAnyName: bool
    defaultProvider: str
    tools: list[str]
    limits: Limits


Tool: TypeAlias = str


Arg: TypeAlias = str


class McpServers(TypedDict):
    type: NotRequired[Literal['stdio']]
    command: str
    args: NotRequired[list[Arg]]
    env: NotRequired[dict[str, str]]


class McpServers1(TypedDict):
    type: NotRequired[Literal['http', 'streamable-http']]
    url: str
    headers: NotRequired[dict[str, str]]


class Rule(TypedDict):
    tool: NotRequired[str]
    command: NotRequired[str]
    path: NotRequired[str]
    host: NotRequired[str]
    does: NotRequired[Literal['forcePush', 'pushToDefault', 'deleteOutside']]
    decision: Literal['allow', 'ask', 'deny']


class Policy(TypedDict):
    mode: NotRequired[Literal['auto', 'ask', 'read-only', 'plan']]
    rules: NotRequired[list[Rule]]
    timeoutSeconds: NotRequired[int]
    onTimeout: NotRequired[Literal['deny', 'allow', 'end']]


class CreateSessionBody(TypedDict):
    id: NotRequired[str | None]
    repoUrl: NotRequired[str | None]
    branch: NotRequired[str | None]
    gitToken: NotRequired[str | None]
    gitUserName: NotRequired[str | None]
    gitUserEmail: NotRequired[str | None]
    projectId: NotRequired[str | None]
    modelProvider: NotRequired[str | None]
    model_provider: NotRequired[str | None]
    apiKey: NotRequired[str | None]
    api_key: NotRequired[str | None]
    model: NotRequired[str | None]
    effort: NotRequired[Literal['low', 'medium', 'high', 'max'] | None]
    maxIterations: NotRequired[int]
    timeoutSeconds: NotRequired[float]
    budgetUsd: NotRequired[float]
    tools: NotRequired[list[Tool] | None]
    instructions: NotRequired[str | None]
    mcpServers: NotRequired[dict[str, McpServers | McpServers1] | None]
    policy: NotRequired[Policy | None]
    labels: NotRequired[dict[str, str] | None]
    task: str
    autoStart: NotRequired[bool | None]


class CreateSessionAnswer(TypedDict):
    status: Literal['ready', 'mock']
    sessionId: str
    message: str


class StopSessionAnswer(TypedDict):
    status: Literal['stopped']
    sessionId: str
    message: str


class Sample(TypedDict):
    at: str
    cpuMs: int | None
    cpus: float | None
    memoryBytes: int | None
    memoryBytesMax: int | None
    diskBytes: int | None
    diskBytesMax: int | None
    processes: int | None


class ReadResourcesAnswer(TypedDict):
    sandbox: Literal['docker', 'kubernetes', 'local', 'memory'] | None
    sample: Sample | None


Attachment: TypeAlias = str


class SendMessageBody(TypedDict):
    id: NotRequired[str | None]
    content: str
    attachments: NotRequired[list[Attachment] | None]
    model: NotRequired[str | None]
    effort: NotRequired[Literal['low', 'medium', 'high', 'max'] | None]
    maxIterations: NotRequired[int]
    timeoutSeconds: NotRequired[float]
    budgetUsd: NotRequired[float]
    tools: NotRequired[list[Tool] | None]


class SendMessageAnswer(TypedDict):
    status: Literal['accepted']
    sessionId: str
    id: str
    sequence: int


class InterruptSessionAnswer(TypedDict):
    status: Literal['accepted']
    sessionId: str
    id: str
    sequence: int
    wasWorking: bool


class SendAnswerBody(TypedDict):
    id: NotRequired[str | None]
    toolCallId: str
    content: str


class SendAnswerAnswer(TypedDict):
    status: Literal['accepted']
    sessionId: str
    id: str
    sequence: int


class SendDecisionBody(TypedDict):
    id: NotRequired[str | None]
    toolCallId: str
    decision: Literal['allow', 'allowForSession', 'deny']
    message: NotRequired[str | None]
    input: NotRequired[dict[str, Any] | None]


class SendDecisionAnswer(TypedDict):
    status: Literal['accepted']
    sessionId: str
    id: str
    sequence: int


class CreateShareBody(TypedDict):
    expiresInSeconds: NotRequired[int]
    workspace: NotRequired[bool]


class CreateShareAnswer(TypedDict):
    id: str
    createdAt: str
    expiresAt: str
    workspace: bool
    lastUsedAt: str | None
    token: str


class ListSharesAnswer(TypedDict):
    shares: list[Share]


class DeleteShareAnswer(TypedDict):
    status: Literal['deleted']
    id: str


class ReadChatAnswer(TypedDict):
    id: str
    agentSessionId: str | None
    projectId: str | None
    title: str
    modelProvider: str | None
    isActive: bool
    createdAt: str
    updatedAt: str
    messages: list[ChatMessage]
    truncated: NotRequired[Literal[True]]


class RenameChatBody(TypedDict):
    title: str


class RenameChatAnswer(TypedDict):
    status: Literal['updated']
    id: str
    title: str


class DeleteChatAnswer(TypedDict):
    status: Literal['deleted']
    id: str


class ReadMessagesAnswer(TypedDict):
    messages: list[ChatMessage]
    nextAfterSequence: int | None


class ExportChatAnswer(TypedDict):
    id: str
    agentSessionId: str | None
    projectId: str | None
    title: str
    modelProvider: str | None
    isActive: bool
    createdAt: str
    updatedAt: str
    messages: list[ChatMessage]


class ForkChatBody(TypedDict):
    untilSequence: NotRequired[int | None]
    task: NotRequired[str | None]


class ForkChatAnswer(TypedDict):
    status: Literal['forked']
    sessionId: str
    chatId: str
    untilSequence: int


class WriteFileBody(TypedDict):
    session_id: str
    path: str
    content: str
    encoding: NotRequired[Literal['base64']]


class WriteFileAnswer(TypedDict):
    status: Literal['written']
    sessionId: str
    path: str
    size: int
    sequence: int


class UploadFileAnswer(TypedDict):
    status: Literal['written']
    sessionId: str
    path: str
    size: int
    sequence: int


class DeleteWebhookAnswer(TypedDict):
    status: Literal['deleted']
    id: str


class RedeliverBody(TypedDict):
    deliveryId: NotRequired[str | None]


class RedeliverAnswer(TypedDict):
    status: Literal['accepted']
    deliveries: int


class StopAnySessionAnswer(TypedDict):
    status: Literal['stopped']
    sessionId: str
    userId: str


class ListUsersAnswer(TypedDict):
    users: list[AdminUser]
    nextAfter: str | None


class EndSignInsAnswer(TypedDict):
    userId: str
    ended: int


ReadCostsAnswer = TypedDict(
    'ReadCostsAnswer',
    {
        'from': str,
        'to': str,
        'days': list[DayCosts],
    },
)


class DrainEngineBody(TypedDict):
    confirm: Literal['drain']
    withinSeconds: NotRequired[int]


class DrainEngineAnswer(TypedDict):
    runId: str
    asked: Literal['drain']


class UndrainEngineAnswer(TypedDict):
    runId: str
    asked: Literal['undrain']


class BeginDrainBody(TypedDict):
    confirm: Literal['drain']
    withinSeconds: NotRequired[int]


class BeginDrainAnswer(TypedDict):
    isDraining: bool
    working: int


class CancelDrainAnswer(TypedDict):
    isDraining: bool
    working: int


class User(TypedDict):
    id: str
    name: str


class ReadSignInAnswer(TypedDict):
    user: User | None
    isAdmin: bool
    signIn: Literal['name', 'oidc', 'token']
    expiresAt: str | None


class SignInBody(TypedDict):
    name: NotRequired[str]
    token: NotRequired[str]
    adminKey: NotRequired[str | None]


class SignInAnswer(TypedDict):
    user: User | None
    isAdmin: bool
    signIn: Literal['name', 'oidc', 'token']
    expiresAt: str | None


class SignOutAnswer(TypedDict):
    signOutUrl: str | None


class StatusEvent(TypedDict):
    type: Literal['status']
    status: NotRequired[Literal['initializing', 'ready', 'mock_mode', 'completed', 'stopping', 'stopped', 'storage_unavailable', 'storage_restored', 'moving']]
    sessionId: str
    epoch: int
    sequence: int
    message: str
    timestamp: str
    reason: NotRequired[Literal['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed', 'budget']]
    usage: NotRequired[Usage]
    unanswered: NotRequired[list[str]]


class Attachment1(TypedDict):
    path: str
    size: int
    mediaType: NotRequired[str]


class AckEvent(TypedDict):
    type: Literal['ack']
    id: str | None
    sessionId: str
    epoch: int
    sequence: int
    eventType: Literal['InitialTask', 'UserMessage', 'Interrupt', 'Stop', 'UserAnswer', 'ApprovalDecision']
    content: str
    toolCallId: NotRequired[str]
    decision: NotRequired[Literal['allow', 'allowForSession', 'deny']]
    truncated: NotRequired[Literal[True]]
    attachments: NotRequired[list[Attachment1]]
    timestamp: str


class PlanItem(TypedDict):
    text: str
    state: Literal['pending', 'inProgress', 'done']


class Background(TypedDict):
    id: str
    isKilled: NotRequired[Literal[True]]


class Lines(TypedDict):
    first: int
    last: NotRequired[int]


class Mcp(TypedDict):
    server: str
    tool: str


class Context(TypedDict):
    tokens: float
    tokensMax: float


class WaitingFor(TypedDict):
    kind: Literal['question', 'approval', 'plan']
    toolCallId: str
    text: str
    options: NotRequired[list[str]]
    tool: NotRequired[str]
    input: NotRequired[dict[str, Any]]
    allows: NotRequired[list[str]]
    until: str


class AgentEvent(TypedDict):
    type: Literal['agent_event']
    event: Literal['action', 'observation', 'error', 'state']
    eventType: str
    content: str
    timestamp: str
    sessionId: str
    epoch: int
    sequence: int
    toolCallId: NotRequired[str]
    parentToolCallId: NotRequired[str]
    plan: NotRequired[list[PlanItem]]
    command: NotRequired[str]
    exitCode: NotRequired[int]
    background: NotRequired[Background]
    path: NotRequired[str]
    lines: NotRequired[Lines]
    glob: NotRequired[str]
    mcp: NotRequired[Mcp]
    url: NotRequired[str]
    thought: NotRequired[str]
    diff: NotRequired[str]
    usage: NotRequired[Usage]
    context: NotRequired[Context]
    model: NotRequired[str]
    waitingFor: NotRequired[WaitingFor]
    truncated: NotRequired[Literal[True]]


Attachment2: TypeAlias = str


class Message(TypedDict):
    """
    One more message of the user. A turn that goes on reads it before its next step; otherwise it begins one. Sent again under the same `id` it is the same message. A frame with `content` and no `type` is one, too.
    """

    type: Literal['message']
    id: NotRequired[str | None]
    content: str
    attachments: NotRequired[list[Attachment2] | None]
    model: NotRequired[str | None]
    effort: NotRequired[Literal['low', 'medium', 'high', 'max'] | None]
    maxIterations: NotRequired[int]
    timeoutSeconds: NotRequired[float]
    budgetUsd: NotRequired[float]
    tools: NotRequired[list[Tool] | None]


class Interrupt(TypedDict):
    """
    Ends the turn. The session goes on with the next message.
    """

    type: Literal['interrupt']
    id: NotRequired[str | None]


class Stop(TypedDict):
    """
    Ends the session for good, and gives back its sandbox.
    """

    type: Literal['stop']
    id: NotRequired[str | None]


class Ping(TypedDict):
    """
    Asks for a `pong`, before the first message too.
    """

    type: Literal['ping']


class Answer(TypedDict):
    """
    Answers the question of the call `toolCallId`; the turn goes on with it. A second answer to one call is refused (`alreadyDecided`), unless it is the same under the same `id`.
    """

    type: Literal['answer']
    id: NotRequired[str | None]
    toolCallId: str
    content: str


class Decide(TypedDict):
    """
    Decides about the call `toolCallId`, which wants an approval, or about the plan that it presents. A denied call is not run, and the agent reads the words in `message`.
    """

    type: Literal['decide']
    id: NotRequired[str | None]
    toolCallId: str
    decision: Literal['allow', 'allowForSession', 'deny']
    message: NotRequired[str | None]
    input: NotRequired[dict[str, Any] | None]


class Usage3(TypedDict):
    inputTokens: float
    outputTokens: float
    cachedTokens: float
    cacheWriteTokens: float
    steps: float
    durationMs: float
    costUsd: NotRequired[float]


class Status(TypedDict):
    """
    How the session stands. `completed` ends a turn and says in `reason` why; `stopped` is the last frame, with what a turn has used that it cut. Without a `sequence` it says that the database went away or is back; or, with `moving`, that the engine that has the session can’t be reached from the client’s, until the next frame of the session.
    """

    type: Literal['status']
    status: NotRequired[Literal['initializing', 'ready', 'mock_mode', 'completed', 'stopping', 'stopped', 'storage_unavailable', 'storage_restored', 'moving']]
    sessionId: NotRequired[str]
    epoch: NotRequired[int]
    sequence: NotRequired[int]
    message: str
    timestamp: NotRequired[str]
    reason: NotRequired[Literal['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed', 'budget']]
    usage: NotRequired[Usage3]
    unanswered: NotRequired[list[str]]


class Pong(TypedDict):
    """
    The answer to `ping`.
    """

    type: Literal['pong']


class Attached(TypedDict):
    """
    The client follows the session. The events behind its position come next or, where `recovered` is false, all of them.
    """

    type: Literal['attached']
    sessionId: str
    epoch: int
    sequence: int
    recovered: bool


class AgentDelta(TypedDict):
    """
    A fragment of the answer, or of a thought, that the model is writing. The event that follows has all of it.
    """

    type: Literal['agent_delta']
    sessionId: str
    text: str
    isThought: NotRequired[Literal[True]]


class AgentOutput(TypedDict):
    """
    What the running command printed. The observation that follows has what the agent reads of it.
    """

    type: Literal['agent_output']
    sessionId: str
    toolCallId: str
    text: str
    skippedChars: NotRequired[int]


class CallDelta(TypedDict):
    """
    A part of the JSON that the model is writing as the input of a call. The action that follows has the same `toolCallId`; a call that is cut off has none.
    """

    type: Literal['call_delta']
    sessionId: str
    toolCallId: str
    tool: str
    text: str
    skippedChars: NotRequired[int]


class ModelRetry(TypedDict):
    """
    The provider of the model failed and is asked again after a while.
    """

    type: Literal['model_retry']
    sessionId: str
    code: str
    waitMs: float
    attempt: int


class ModelWait(TypedDict):
    """
    The next request to the model waits for the limits of its provider.
    """

    type: Literal['model_wait']
    sessionId: str
    waiting: Literal['rateLimit']
    waitMs: float


class SandboxQueue(TypedDict):
    """
    The session waits for a sandbox, at this place.
    """

    type: Literal['sandbox_queue']
    sessionId: str
    position: int


class TotalUsage(TypedDict):
    """
    Of all turns that have ended
    """

    turns: int
    inputTokens: int
    outputTokens: int
    cachedTokens: int
    cacheWriteTokens: int
    steps: int
    durationMs: float
    costUsd: NotRequired[float]


InputErrors: TypeAlias = list[InputError]


ErrorCode: TypeAlias = Literal['badRequest', 'badProvider', 'badKey', 'badPath', 'badRepoUrl', 'badBranch', 'badMcpServer', 'badWebhookUrl', 'missingTitle', 'badFirstMessage', 'badFrame', 'unknownType', 'unknownField', 'badMessage', 'invalid', 'notAuthenticated', 'foreignOrigin', 'notYours', 'notAllowed', 'unknownUser', 'noSuchSession', 'noSuchChat', 'noSuchFile', 'noSuchWebhook', 'noSuchDelivery', 'noSuchShare', 'noSuchEngine', 'noSuchRoute', 'unknownHost', 'upgradeRequired', 'wrongMethod', 'keyIsGone', 'alreadyDecided', 'noSuchCall', 'wrongKey', 'idReused', 'tooManyWebhooks', 'tooManyShares', 'sessionRests', 'sessionEnded', 'nothingToFork', 'noBase', 'notAFile', 'bodyTooLarge', 'fileTooLarge', 'chatTooLong', 'headersTooLarge', 'requestTimeout', 'noFirstMessage', 'tooSlow', 'tooManySessions', 'tooManyCommands', 'tooManyTries', 'overloaded', 'storageUnavailable', 'draining', 'notReady', 'signInUnavailable', 'noAnswer', 'repositoryDenied', 'repositoryNotFound', 'noSuchBranch', 'notARepository', 'repositoryTooLarge', 'repositoryTooSlow', 'repositoryUnreachable', 'repositoryFailed', 'sandboxUnavailable', 'noEncryptionKey', 'sandboxFailed', 'elsewhere', 'noFittingEngine', 'sessionMoved', 'sessionCrashes', 'refusedByStorage', 'internal']


class ListedSession(TypedDict):
    sessionId: str
    userId: str
    task: str
    isAlive: Literal[True]
    createdAt: str


class ChatMatch(TypedDict):
    sequence: int
    snippet: str


SessionState: TypeAlias = Literal['created', 'working', 'waiting', 'idle', 'stopped', 'failed']


class Usage4(TypedDict):
    """
    Of the turn that goes on, or of the last one
    """

    inputTokens: float
    outputTokens: float
    cachedTokens: float
    cacheWriteTokens: float
    steps: float
    durationMs: float
    costUsd: NotRequired[float]


class McpServer(TypedDict):
    name: str
    state: Literal['waiting', 'starting', 'ready', 'failed']
    tools: list[str]
    simplified: NotRequired[list[str]]
    reason: NotRequired[str]


class UnreadItem(TypedDict):
    id: str | None
    sequence: int
    content: str


class SessionNow(TypedDict):
    model: NotRequired[str]
    effort: NotRequired[Literal['low', 'medium', 'high', 'max']]
    budgetUsd: NotRequired[float]
    spentUsd: NotRequired[float]
    usage: NotRequired[Usage4]
    context: NotRequired[Context]
    mcpServers: NotRequired[list[McpServer]]
    plan: NotRequired[list[PlanItem]]
    waitingFor: list[WaitingForItem]
    rateLimitedUntil: NotRequired[str]
    unread: list[UnreadItem]


WebhookEvent: TypeAlias = Literal['turn.completed', 'turn.interrupted', 'turn.failed', 'question.asked', 'approval.wanted', 'session.stopped', 'session.failed', 'webhook.disabled']


DeliveryState: TypeAlias = Literal['waiting', 'delivered', 'failed']


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    code: ErrorCode
    errors: NotRequired[InputErrors]
    retryAfterMs: NotRequired[float]


class ListedChat(TypedDict):
    id: str
    agentSessionId: str | None
    projectId: str | None
    title: str
    modelProvider: str | None
    isActive: bool
    createdAt: str
    updatedAt: str
    match: NotRequired[ChatMatch | None]


class ReportedSession(TypedDict):
    sessionId: str
    userId: str
    chatId: str
    task: str
    title: str
    repoUrl: str | None
    branch: str | None
    state: SessionState
    isAlive: bool
    isActive: bool
    createdAt: str
    updatedAt: str
    lastTurn: LastTurn | None
    usage: TotalUsage
    watchers: int
    queuePosition: int | None
    lastEvent: LastEvent | None
    now: NotRequired[SessionNow]
    waitingFor: list[WaitingForItem]


class SharedSession(TypedDict):
    sessionId: str
    task: str
    title: str
    repoUrl: str | None
    branch: str | None
    state: Literal['created', 'working', 'waiting', 'idle', 'stopped', 'failed']
    isAlive: bool
    createdAt: str
    updatedAt: str
    lastTurn: LastTurn | None
    lastEvent: LastEvent | None
    now: NotRequired[SessionNow]
    waitingFor: list[WaitingForItem]


class Webhook(TypedDict):
    id: str
    url: str
    events: list[WebhookEvent]
    state: Literal['active', 'disabled']
    createdAt: str
    disabledAt: str | None
    disabledReason: str | None


class Delivery(TypedDict):
    id: str
    type: WebhookEvent
    sessionId: str | None
    sequence: int
    occurredAt: str
    state: DeliveryState
    attempts: int
    lastTriedAt: str | None
    nextTryAt: str | None
    status: int | None
    problem: str | None


class AdminSession(TypedDict):
    sessionId: str
    userId: str
    chatId: str
    task: str
    title: str
    repoUrl: str | None
    branch: str | None
    state: Literal['created', 'working', 'waiting', 'idle', 'stopped', 'failed']
    isAlive: bool
    isActive: bool
    createdAt: str
    updatedAt: str
    lastTurn: LastTurn | None
    usage: Usage1
    watchers: int
    queuePosition: int | None
    lastEvent: LastEvent | None
    now: NotRequired[SessionNow]
    waitingFor: list[WaitingForItem]
    provider: str | None
    runId: str | None
    host: int | None


class AdminEngines(TypedDict):
    engines: list[EngineOfAll]
    total: Total


class SampledMetric(TypedDict):
    name: str
    help: str
    type: Literal['counter', 'gauge', 'histogram', 'summary']
    samples: list[MetricSample]


class ListSessionsAnswer(TypedDict):
    sessions: list[ReportedSession | ListedSession]
    nextBefore: NotRequired[str | None]


class ReadShareAnswer(TypedDict):
    expiresAt: str
    workspace: bool
    session: SharedSession


class ListChatsAnswer(TypedDict):
    chats: list[ListedChat]


class CreateWebhookBody(TypedDict):
    url: str
    events: list[WebhookEvent]
    secret: NotRequired[str | None]


class CreateWebhookAnswer(TypedDict):
    id: str
    url: str
    events: list[WebhookEvent]
    state: Literal['active', 'disabled']
    createdAt: str
    disabledAt: str | None
    disabledReason: str | None
    secret: str


class ListWebhooksAnswer(TypedDict):
    webhooks: list[Webhook]


class ListDeliveriesAnswer(TypedDict):
    deliveries: list[Delivery]


class ListAllSessionsAnswer(TypedDict):
    sessions: list[AdminSession]
    nextBefore: str | None


class SampleMetricsAnswer(TypedDict):
    sampledAt: str
    metrics: list[SampledMetric]


class ErrorEvent(TypedDict):
    type: Literal['error']
    message: str
    code: NotRequired[ErrorCode]
    retryable: bool
    id: NotRequired[str]
    errors: NotRequired[InputErrors]
    retryAfterMs: NotRequired[int]
    unanswered: NotRequired[list[str]]
    sessionId: str
    epoch: int
    sequence: int
    timestamp: str


class SessionStateFrame(TypedDict):
    """
    How the session stands now, whole: it takes the place of the one before. It comes to each client that comes, and to all when it has changed, several times a second at most.
    """

    type: Literal['session_state']
    sessionId: str
    now: SessionNow


EventFrame: TypeAlias = StatusEvent | AckEvent | AgentEvent | ErrorEvent


class ReadEventsAnswer(TypedDict):
    events: list[EventFrame]
    nextAfter: int | None


class Tree(TypedDict):
    tree: list[TreeNode]
    truncated: NotRequired[Literal[True]]


class TreeNode2(TypedDict):
    name: str
    type: Literal['folder']
    path: str
    children: list[TreeNode]


TreeNode: TypeAlias = TreeNode1 | TreeNode2


class FileTree(TypedDict):
    """
    The workspace after a step that changed files, as `GET /api/v1/files/list` has it.
    """

    type: Literal['file_tree']
    sessionId: str
    tree: list[TreeNode]
    truncated: NotRequired[Literal[True]]
