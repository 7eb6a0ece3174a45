/* A client in C, without a library. usage: client SOCKET BUNDLE ID   (cc -o client client.c)
 * Runs a container, tells of its events, says how it ended, deletes it, and asks once more. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_BYTES = 65536 }; /* no line of the agent's is longer than 65,535 bytes */

static FILE *from_agent, *to_agent;
static char line[LINE_BYTES];

/* Past the value that begins here: a string, an object or array with all that is in it, or a word. */
static const char *skip(const char *at)
{
    int depth = 0;
    do {
        if (*at == '"') {
            for (at++; *at != '"'; at++)
                at += *at == '\\';
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            depth--;
        } else if (depth == 0) {
            return at + strcspn(at, ",]} \t");
        }
        at++;
    } while (depth > 0);
    return at;
}

/* The value of a member of the object that begins here; NULL if it has none of that name. */
static const char *member(const char *object, const char *name)
{
    if (object == NULL || *object != '{')
        return NULL;
    for (const char *at = object + 1; *at != '\0' && *at != '}';) {
        at += strspn(at, ", \t");
        const char *end = skip(at);
        const char *value = end + strspn(end, ": \t");
        if ((size_t)(end - at) == strlen(name) + 2 && strncmp(at + 1, name, strlen(name)) == 0)
            return value;
        at = skip(value);
    }
    return NULL;
}

/* A text without its quotes; the words of the protocol have no escapes. */
static void print_text(const char *before, const char *value)
{
    printf("%s%.*s\n", before, value ? (int)(skip(value) - value - 2) : 0, value ? value + 1 : "");
}

/* A string in JSON. */
static void put(const char *text)
{
    fputc('"', to_agent);
    for (; *text != '\0'; text++)
        fprintf(to_agent, *text == '"' || *text == '\\' ? "\\%c" : (unsigned char)*text < ' ' ? "\\u%04x" : "%c", *text);
    fputc('"', to_agent);
}

/* A request with up to two params; answers the result, or NULL when it was refused. */
static const char *call(const char *method, const char *name, const char *value, const char *name2, const char *value2)
{
    static int last_id;
    fprintf(to_agent, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{", ++last_id, method);
    if (name) {
        fprintf(to_agent, "\"%s\":", name);
        put(value);
    }
    if (name2) {
        fprintf(to_agent, ",\"%s\":", name2);
        put(value2);
    }
    fputs("}}\n", to_agent);
    fflush(to_agent);
    while (fgets(line, sizeof line, from_agent)) {
        const char *id = member(line, "id");
        if (id == NULL) {
            print_text("event ", member(member(line, "params"), "type"));
        } else if (atoi(id) == last_id) {
            const char *error = member(line, "error");
            if (error)
                print_text("", member(member(error, "data"), "name"));
            return member(line, "result");
        }
    }
    fputs("the agent has closed the connection\n", stderr);
    exit(1);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (argc != 4 || strlen(argv[1]) >= sizeof address.sun_path) {
        fputs("usage: client SOCKET BUNDLE ID\n", stderr);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(argv[1]);
        return 1;
    }
    from_agent = fdopen(fd, "r");
    to_agent = fdopen(dup(fd), "w");

    const char *id = argv[3];
    call("subscribe", NULL, NULL, NULL, NULL);
    call("run", "id", id, "bundle", argv[2]);
    const char *end = call("wait", "id", id, NULL, NULL);
    if (end)
        printf("exit %d\n", atoi(member(end, "code")));
    call("delete", "id", id, NULL, NULL);
    call("state", "id", id, NULL, NULL);
    return 0;
}
