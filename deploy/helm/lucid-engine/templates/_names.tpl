{{/* The names and labels that the templates share, and the bus's address. */}}
{{- define "engine.name" -}}
{{- if contains "lucid-engine" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-lucid-engine" (.Release.Name | trunc 37 | trimSuffix "-") }}{{ end -}}
{{- end }}

{{- define "engine.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: lucid-engine
{{- end }}

{{- define "engine.podLabels" -}}
app.kubernetes.io/name: lucid-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: engine
{{- end }}

{{- define "nats.podLabels" -}}
app.kubernetes.io/name: lucid-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: nats
{{- end }}

{{- define "test.podLabels" -}}
app.kubernetes.io/name: lucid-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}

{{- define "engine.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "database.name" -}}{{ include "engine.name" . }}-db{{- end }}

{{/* The host name of a nats-server, by its number. */}}
{{- define "nats.host" -}}
{{- $name := printf "%s-nats" (include "engine.name" .root) -}}
{{ $name }}-{{ .number }}.{{ $name }}.{{ .root.Release.Namespace }}.svc
{{- end }}

{{- define "nats.url" -}}
{{- if .Values.nats.enabled -}}
{{- $root := . -}}
{{- range $number := until (int .Values.nats.servers) }}{{ if $number }},{{ end }}tls://{{ include "nats.host" (dict "root" $root "number" $number) }}:4222{{ end -}}
{{- else -}}
{{ .Values.nats.url }}
{{- end -}}
{{- end }}

{{- define "nats.caSecretName" -}}
{{- if .Values.nats.enabled }}{{ required "nats.tlsSecretName: the Secret with the nats-servers' certificate, since production takes no bus without TLS" .Values.nats.tlsSecretName }}{{ else }}{{ .Values.nats.caSecretName }}{{ end -}}
{{- end }}

{{/* The daemons that containers are spread over, none of which is in the engine's own Pod. */}}
{{- define "docker.hosts" -}}
{{- if not .Values.docker.hosts }}
{{- fail "docker.hosts: an engine in a Pod has no Docker daemon of its own; name those of other machines, such as tcp://d1.example.com:2376" }}
{{- end }}
{{- range .Values.docker.hosts }}
{{- if not (hasPrefix "tcp://" .) }}
{{- fail (printf "docker.hosts: %s is no daemon that a Pod reaches, such as tcp://d1.example.com:2376" .) }}
{{- end }}
{{- end }}
{{- join "," .Values.docker.hosts -}}
{{- end }}

{{/* What the Pod Security Standard "restricted" asks of a container. */}}
{{- define "container.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What it asks of a Pod; 1000 is the user `node` of the engine's image, and any number does for a nats-server. */}}
{{- define "pod.securityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* What of IPv4 is no host of the public internet, and Azure's address of machines' secrets: sandbox/outbound/address.ts. */}}
{{- define "networks.notPublic" -}}
[0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16/32, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/3]
{{- end }}

{{- define "spread" -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
{{- end }}
