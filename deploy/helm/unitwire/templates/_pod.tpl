{{/* What all objects and all pods of Unitwire have in common. */}}

{{- define "unitwire.name" -}}
{{- if contains "unitwire" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-unitwire{{ end }}
{{- end }}

{{/* Of one part of it: (dict "root" $ "part" "web"). These never change, for they select. */}}
{{- define "unitwire.selector" -}}
app.kubernetes.io/name: unitwire
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "unitwire.labels" -}}
{{ include "unitwire.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* A pod that runs one command: (dict "root" $ "part" "web" "args" (list …) "resources" … "more" …);
     `more` is YAML for the container. */}}
{{- define "unitwire.pod" -}}
metadata:
  labels:
    {{- include "unitwire.labels" . | nindent 4 }}
  {{- with .root.Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  # Those variables begin with UNITWIRE_ as well, and would be no settings.
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "unitwire.selector" . | nindent 10 }}
  {{- if eq .part "migrate" }}
  restartPolicy: Never
  {{- else }}
  terminationGracePeriodSeconds: 75
  {{- end }}
  containers:
    - name: unitwire
      image: {{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      env:
        {{- range $name, $value := .root.Values.settings }}
        - name: UNITWIRE_{{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        {{- with .root.Values.secret }}
        - name: UNITWIRE_DATABASE_URL_FILE
          value: /run/secrets/unitwire/{{ .databaseUrl }}
        - name: UNITWIRE_SECRET_KEYS_FILE
          value: /run/secrets/unitwire/{{ .secretKeys }}
        {{- if .storaClientSecret }}
        - name: UNITWIRE_STORA_CLIENT_SECRET_FILE
          value: /run/secrets/unitwire/{{ .storaClientSecret }}
        {{- end }}
        {{- end }}
      {{- with .more }}
      {{- . | nindent 6 }}
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: secrets
          mountPath: /run/secrets/unitwire
          readOnly: true
        - name: scratch
          mountPath: /tmp
        - name: scratch
          mountPath: /data
  volumes:
    - name: secrets
      secret:
        secretName: {{ .root.Values.secret.name }}
        defaultMode: 0440
    - name: scratch
      emptyDir:
        sizeLimit: 64Mi
{{- end }}
