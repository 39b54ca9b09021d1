/* net/way.c: the way to an address as far as it shows on this machine: what is sent from, through
 * which interface, over which router. The kernel is asked for the route (rtnetlink(7),
 * RTM_GETROUTE) and answers at once. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/own.h"

#define ANSWER_BYTES 4096

/* Room for the two addresses and the interface of a question. */
struct question {
	struct nlmsghdr header;
	struct rtmsg route;
	char attributes[2 * RTA_SPACE(sizeof(struct in6_addr)) + RTA_SPACE(sizeof(uint32_t))];
};

static struct slice bytes_of(const struct net_addr *addr)
{
	if (addr->any.sa_family == AF_INET6)
		return slice_of((const char *)&addr->v6.sin6_addr, sizeof(addr->v6.sin6_addr));
	return slice_of((const char *)&addr->v4.sin_addr, sizeof(addr->v4.sin_addr));
}

static void put(struct question *question, unsigned short type, struct slice bytes)
{
	size_t used = NLMSG_ALIGN(question->header.nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)(void *)((char *)question + used);

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(bytes.n);
	memcpy(RTA_DATA(attribute), bytes.p, bytes.n);
	question->header.nlmsg_len = (uint32_t)(used + RTA_ALIGN(attribute->rta_len));
}

static void ask(const struct net_source *source, const struct net_addr *to,
                struct question *ret_question)
{
	unsigned char bits = (unsigned char)(8 * bytes_of(to).n);
	uint32_t device = source->device;

	*ret_question = (struct question){
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
		            .nlmsg_type = RTM_GETROUTE,
		            .nlmsg_flags = NLM_F_REQUEST },
		.route = { .rtm_family = (unsigned char)to->any.sa_family,
		           .rtm_dst_len = bits,
		           .rtm_src_len = bits },
	};
	if (!device && to->any.sa_family == AF_INET6)
		device = to->v6.sin6_scope_id;
	put(ret_question, RTA_DST, bytes_of(to));
	put(ret_question, RTA_SRC, bytes_of(&source->addr));
	if (device)
		put(ret_question, RTA_OIF, slice_of((const char *)&device, sizeof(device)));
}

static void take(const struct rtattr *attribute, struct net_way *way)
{
	size_t n = RTA_PAYLOAD(attribute);

	if (attribute->rta_type == RTA_OIF && n == sizeof(way->out))
		memcpy(&way->out, RTA_DATA(attribute), n);
	else if (attribute->rta_type == RTA_GATEWAY && n <= sizeof(way->router))
		memcpy(way->router, RTA_DATA(attribute), n);
	else if (attribute->rta_type == RTA_VIA && n <= sizeof(way->router))
		memcpy(way->router, RTA_DATA(attribute), n);
}

/* The kernel's macros for these lists cast to a stricter alignment, which Clang minds, and their
 * last step may make what is left less than nothing. */
static void take_all(const char *bytes, size_t left, struct net_way *way)
{
	const struct rtattr *attribute = (const void *)bytes;

	while (RTA_OK(attribute, left)) {
		size_t n = RTA_ALIGN(attribute->rta_len);

		take(attribute, way);
		if (n >= left)
			return;
		bytes += n;
		left -= n;
		attribute = (const void *)bytes;
	}
}

/* What cannot be read says nothing: the ways are then equal where their sources are. */
static void read_answer(const char *bytes, size_t size, struct net_way *way)
{
	const struct nlmsghdr *header = (const void *)bytes;

	if (!NLMSG_OK(header, size) || header->nlmsg_type != RTM_NEWROUTE ||
	    header->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
		return;
	take_all(bytes + NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct rtmsg))), RTM_PAYLOAD(header), way);
}

int net_way_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                struct net_way *ret_way)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
	struct net_way way = { .out = 0 };
	struct question question;
	int r = net_source_for(net, over, to, &way.source), fd;
	ssize_t n;

	if (r < 0)
		return r;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd >= 0) {
		ask(&way.source, to, &question);
		if (sendto(fd, &question, question.header.nlmsg_len, 0, (struct sockaddr *)&kernel,
		           sizeof(kernel)) >= 0 &&
		    (n = recv(fd, answer, sizeof(answer), 0)) > 0)
			read_answer(answer, (size_t)n, &way);
		close(fd);
	}
	*ret_way = way;
	return 0;
}
